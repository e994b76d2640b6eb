import { html, nothing, type TemplateResult } from 'lit';
import { durationText } from '../number-text.js';
import { type DraftField, type JobDraft, rareFields } from './job-draft.js';

interface FieldText {
  readonly label: string;
  readonly note: string;
  readonly placeholder?: string;
  readonly inputMode?: 'numeric' | 'decimal';
}

const texts: Readonly<Record<DraftField, FieldText>> = {
  projectDescription: {
    label: 'Description',
    note: 'What is to be done. A model plans tasks from it.',
    placeholder: 'Write a script that prints hello world, with a test',
  },
  successCriteria: {
    label: 'Success criteria, one a line',
    note: 'Each result is scored against them.',
    placeholder: 'The script runs without errors\nThe test passes',
  },
  budgetUsd: { label: 'Budget, USD', note: 'Calls stop before they cost more', inputMode: 'decimal' },
  timeLimitS: { label: 'Time limit, seconds', note: '', inputMode: 'decimal' },
  concurrency: { label: 'Tasks at once', note: '1 to 10', inputMode: 'numeric' },
  model: { label: 'Model', note: 'Empty: any model of the fleet', placeholder: 'any' },
  maxIterations: { label: 'Iterations for each task', note: '1 to 20', inputMode: 'numeric' },
  targetScore: { label: 'Score to reach', note: '0 to 1', inputMode: 'decimal' },
  budgetTokens: {
    label: 'Token limit',
    note: 'In and out; empty: none',
    placeholder: 'none',
    inputMode: 'numeric',
  },
};

/** What the fields are drawn from. */
export interface FieldsView {
  readonly draft: JobDraft;
  /** What is wrong, by field; also what is not to be said yet is left out here. */
  readonly problemOf: (field: DraftField) => string | undefined;
  readonly models: readonly string[];
  readonly isOpen: boolean;
  readonly typed: (event: Event) => void;
  readonly leaves: (event: Event) => void;
  readonly toggled: (event: Event) => void;
}

/** The fields of the form. */
export function renderFields(view: FieldsView): TemplateResult {
  const one = (field: DraftField): TemplateResult => renderField(field, view);
  return html`
    ${one('projectDescription')} ${one('successCriteria')}
    <div class="fields">${one('budgetUsd')} ${one('timeLimitS')} ${one('concurrency')} ${one('model')}</div>
    <datalist id="models">${view.models.map((model) => html`<option value=${model}></option>`)}</datalist>
    <details part="more" ?open=${view.isOpen} @toggle=${view.toggled}>
      <summary>More</summary>
      <div class="fields">${rareFields.map(one)}</div>
    </details>
  `;
}

function renderField(field: DraftField, view: FieldsView): TemplateResult {
  const problem = view.problemOf(field);
  return html`
    <div class="field" data-field=${field}>
      <label for=${field}>${texts[field].label}</label>
      ${field === 'projectDescription' || field === 'successCriteria' ? renderTextArea(field, view, problem) : renderInput(field, view, problem)}
      <p id=${`${field}-note`} class="note" ?data-problem=${problem !== undefined}>${problem ?? noteOf(field, view.draft)}</p>
    </div>
  `;
}

function renderTextArea(
  field: 'projectDescription' | 'successCriteria',
  { draft, typed, leaves }: FieldsView,
  problem: string | undefined,
): TemplateResult {
  const { placeholder } = texts[field];
  return html`<textarea id=${field} name=${field} rows=${field === 'projectDescription' ? 4 : 3} dir="auto" placeholder=${placeholder ?? nothing} .value=${draft[field]} aria-required=${field === 'projectDescription' ? 'true' : 'false'} aria-invalid=${problem === undefined ? 'false' : 'true'} aria-describedby=${`${field}-note`} @input=${typed} @change=${leaves}></textarea>`;
}

function renderInput(
  field: DraftField,
  { draft, typed, leaves }: FieldsView,
  problem: string | undefined,
): TemplateResult {
  const { placeholder, inputMode } = texts[field];
  return html`<input id=${field} name=${field} type="text" inputmode=${inputMode ?? nothing} list=${field === 'model' ? 'models' : nothing} autocomplete="off" autocapitalize="off" spellcheck="false" placeholder=${placeholder ?? nothing} .value=${draft[field]} aria-invalid=${problem === undefined ? 'false' : 'true'} aria-describedby=${`${field}-note`} @input=${typed} @change=${leaves} />`;
}

function noteOf(field: DraftField, draft: JobDraft): string {
  if (field !== 'timeLimitS') return texts[field].note;
  const seconds = Number(draft.timeLimitS.trim() || Number.NaN);
  return Number.isFinite(seconds) && seconds > 0 ? durationText(seconds) : 'Pauses between runs do not count';
}
