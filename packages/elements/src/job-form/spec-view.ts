import { type JobSpec, limits } from '@corral/core';
import { html, nothing, type TemplateResult } from 'lit';
import { budgetText, countedText, countText } from '../job-status/job-texts.js';
import { durationText } from '../number-text.js';

/** Tasks that are listed; how many more there are is said. */
const shownTasks = 50;
const shownCriteria = 50;

interface Row {
  readonly label: string;
  readonly value: unknown;
  readonly isDefault: boolean;
}

/** What would be run: every value, which of them are the defaults, and the tasks with what they need. */
export function renderSpec(spec: JobSpec): TemplateResult {
  return html`
    <table part="spec">
      <caption>What would be run</caption>
      <thead class="unseen"><tr><th scope="col">Field</th><th scope="col">Value</th></tr></thead>
      <tbody>
        ${rowsOf(spec).map(
          ({ label, value, isDefault }) => html`
            <tr>
              <th scope="row">${label}</th>
              <td dir="auto">${value}${isDefault ? html` <span class="default">default</span>` : nothing}</td>
            </tr>
          `,
        )}
      </tbody>
    </table>
    ${spec.tasks === null ? html`<p class="hint">A model plans the tasks.</p>` : renderTasks(spec.tasks)}
  `;
}

function rowsOf(spec: JobSpec): Row[] {
  const { job } = limits;
  const { budgetUsd, budgetTokens, timeLimitS, concurrency, maxIterations, targetScore, model, labels } =
    spec;
  return [
    { label: 'Description', value: spec.projectDescription, isDefault: false },
    {
      label: 'Success criteria',
      value: renderCriteria(spec.successCriteria),
      isDefault: spec.successCriteria.length === 0,
    },
    { label: 'Budget', value: budgetText(budgetUsd), isDefault: budgetUsd === job.budgetUsd },
    { label: 'Time limit', value: durationText(timeLimitS), isDefault: timeLimitS === job.timeLimitS },
    { label: 'Tasks at once', value: countText(concurrency), isDefault: concurrency === job.concurrency },
    { label: 'Model', value: model ?? 'any', isDefault: model === null },
    {
      label: 'Iterations for each task',
      value: countText(maxIterations),
      isDefault: maxIterations === job.maxIterations,
    },
    { label: 'Score to reach', value: String(targetScore), isDefault: targetScore === job.targetScore },
    {
      label: 'Token limit',
      value: budgetTokens === null ? 'none' : countText(budgetTokens),
      isDefault: budgetTokens === null,
    },
    ...(labels.length === 0 ? [] : [{ label: 'Labels', value: labels.join(', '), isDefault: false }]),
  ];
}

function renderCriteria(criteria: readonly string[]): unknown {
  if (criteria.length === 0) return 'none';
  const more = criteria.length - shownCriteria;
  return html`<ul>${criteria.slice(0, shownCriteria).map((criterion) => html`<li dir="auto">${criterion}</li>`)}${more > 0 ? html`<li class="default">and ${countText(more)} more</li>` : nothing}</ul>`;
}

function renderTasks(tasks: NonNullable<JobSpec['tasks']>): TemplateResult {
  const more = tasks.length - shownTasks;
  return html`
    <table part="tasks">
      <caption>${countedText(tasks.length, 'task')}</caption>
      <thead><tr><th scope="col">Id</th><th scope="col">Title</th><th scope="col">Needs</th></tr></thead>
      <tbody>
        ${tasks.slice(0, shownTasks).map(
          ({ taskId, title, dependsOn }) => html`
            <tr><td>${taskId}</td><td dir="auto">${title}</td><td>${dependsOn.length === 0 ? '–' : dependsOn.join(', ')}</td></tr>
          `,
        )}
      </tbody>
    </table>
    ${more > 0 ? html`<p class="hint">and ${countText(more)} more</p>` : nothing}
  `;
}
