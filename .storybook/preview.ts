import { type Preview, setCustomElementsManifest } from '@storybook/web-components-vite';
import { setStorybookHelpersConfig } from '@wc-toolkit/storybook-helpers';
import { html } from 'lit';
import manifest from '../packages/elements/custom-elements.json' with { type: 'json' };
import '@corral/elements/define.js';

setCustomElementsManifest(manifest);
setStorybookHelpersConfig({ hideArgRef: true });

/** The page that each theme is made for. */
const pages = {
  phosphor: { background: '#000000', text: '#ffd9a8' },
  light: { background: '#ffffff', text: '#2b1c0a' },
  neutral: { background: '#14171c', text: '#e4e8ee' },
} as const;

const preview: Preview = {
  tags: ['autodocs'],
  globalTypes: {
    theme: {
      description: 'Theme of the provider around the story',
      toolbar: {
        icon: 'paintbrush',
        title: 'Theme',
        items: Object.keys(pages).map((value) => ({ value, title: value })),
        dynamicTitle: true,
      },
    },
  },
  initialGlobals: { theme: 'phosphor' },
  parameters: {
    a11y: { test: 'error' },
    controls: { expanded: true },
    backgrounds: { disable: true },
    layout: 'fullscreen',
    options: {
      storySort: {
        order: ['Introduction', 'Elements', ['Model grid', 'Model card', 'Model sparkline', 'Provider']],
      },
    },
  },
  decorators: [
    (story, { globals, viewMode }) => {
      const theme = (globals.theme in pages ? globals.theme : 'phosphor') as keyof typeof pages;
      const { background, text } = pages[theme];
      return html`
        <div style="box-sizing: border-box; min-height: ${viewMode === 'story' ? '100vh' : 'auto'}; padding: 16px; background: ${background}; color: ${text}">
          <corral-provider theme=${theme}>${story()}</corral-provider>
        </div>
      `;
    },
  ],
};

export default preview;
