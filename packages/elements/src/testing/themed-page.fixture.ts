import { fixture, html } from '@open-wc/testing';
import type { TemplateResult } from 'lit';
import '../corral-provider/define.js';
import { lightTheme, neutralTheme } from '../theme/themes.js';

/** The themes that a provider offers, each with the page it is made for. */
export const themes = ['phosphor', 'light', 'neutral'] as const;
export type Theme = (typeof themes)[number];

const pages: Readonly<Record<Theme, string>> = {
  phosphor: '#000000',
  light: cssValue(lightTheme.cssText, '--corral-background'),
  neutral: cssValue(neutralTheme.cssText, '--corral-background'),
};

/** Renders `content` in a provider with a theme, on a page of the colour that the theme is made for. */
export async function themedFixture(theme: Theme, content: TemplateResult): Promise<HTMLElement> {
  return fixture<HTMLElement>(html`
    <main data-theme-page style="padding: 16px; background: ${pages[theme]}">
      <corral-provider theme=${theme}>${content}</corral-provider>
    </main>
  `);
}

function cssValue(cssText: string, name: string): string {
  const value = new RegExp(`${name}:\\s*([^;]+);`).exec(cssText)?.[1];
  if (!value) throw new Error(`Expected the theme to set ${name}`);
  return value;
}
