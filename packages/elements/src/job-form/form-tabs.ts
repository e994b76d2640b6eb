import { html, type TemplateResult } from 'lit';

/** The tabs of the form, in their order. */
const formTabs = ['form', 'yaml'] as const;

/** One of the tabs. */
export type FormTab = (typeof formTabs)[number];

const captions: Readonly<Record<FormTab, string>> = { form: 'Form', yaml: 'YAML' };

/** The tabs. Arrows, Home and End go from one to the other. @param choose shows a tab; `isByKey`: the focus goes along */
export function renderTabs(
  chosen: FormTab,
  choose: (tab: FormTab, isByKey: boolean) => void,
): TemplateResult {
  const keydown = (event: KeyboardEvent): void => {
    const to = tabFor(event.key, chosen);
    if (to === undefined || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    choose(to, true);
  };
  return html`
    <div part="tabs" class="tabs" role="tablist" aria-label="How to describe the job">
      ${formTabs.map(
        (tab) => html`
          <button id=${`tab-${tab}`} class="tab" type="button" role="tab" aria-selected=${tab === chosen ? 'true' : 'false'} aria-controls=${`panel-${tab}`} tabindex=${tab === chosen ? 0 : -1} @click=${() => choose(tab, false)} @keydown=${keydown}>${captions[tab]}</button>
        `,
      )}
    </div>
  `;
}

/** With two tabs each arrow leads to the other one, whatever the direction of the page. */
function tabFor(key: string, chosen: FormTab): FormTab | undefined {
  if (key === 'Home') return formTabs[0];
  if (key === 'End') return formTabs[1];
  if (key === 'ArrowLeft' || key === 'ArrowRight') return chosen === 'form' ? 'yaml' : 'form';
  return undefined;
}
