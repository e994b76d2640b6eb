import { CorralError, type JobRequest } from '@corral/core';
import { SimulatedHub, simulatedEndpoint } from '@corral/core/testing';
import { expect, fixture, html } from '@open-wc/testing';
import { sendKeys } from '@web/test-runner-commands';
import type { JobOpenEvent, JobSubmitEvent } from '../events/job-events.js';
import { all, press, read, readIn, type, under, waiting } from '../job-status/jobs.fixture.js';
import { allElements, drawn, inside } from '../testing/frames.fixture.js';
import { keepConsoleQuiet } from '../testing/quiet-console.fixture.js';
import { themedFixture, themes } from '../testing/themed-page.fixture.js';
import './define.js';
import type { JobForm } from './job-form.js';

const form = (): Promise<JobForm> => fixture(html`<job-form></job-form>`);
const field = (element: Element, id: string): HTMLInputElement => inside<HTMLInputElement>(element, `#${id}`);
const note = (element: Element, id: string): string => readIn(element, `#${id}-note`);
const alertOf = (element: Element): string => readIn(element, 'form > [role=alert]');
const isOff = (element: Element): boolean => inside(element, '.submit').ariaDisabled === 'true';
const focused = (element: Element): string => element.shadowRoot?.activeElement?.id ?? '';
const refusal = (fields: Record<string, string>): Promise<never> =>
  Promise.reject(new CorralError('invalid_job', 'The job cannot be taken', { details: { fields } }));

/** Answers every job with `answer`, and keeps what was asked. */
function answering(element: JobForm, answer: () => Promise<unknown>): JobRequest[] {
  const asked: JobRequest[] = [];
  element.addEventListener('job-submit', (event: JobSubmitEvent) => {
    asked.push(event.source as JobRequest);
    event.respondWith(answer());
  });
  return asked;
}

describe('<job-form>', () => {
  keepConsoleQuiet();

  it('begins with the defaults, and says how long the time limit is', async () => {
    const element = await form();
    expect(['budgetUsd', 'timeLimitS', 'concurrency'].map((id) => field(element, id).value)).to.deep.equal([
      '8',
      '5400',
      '3',
    ]);
    expect(note(element, 'timeLimitS')).to.equal('1h 30m');
    await type(element, '#timeLimitS', '90');
    expect(note(element, 'timeLimitS')).to.equal('1m 30s');
  });

  it('starts nothing without a description, and leads to it', async () => {
    const element = await form();
    const asked = answering(element, async () => {});
    expect(isOff(element)).to.equal(true);
    await type(element, '#projectDescription', '  \n ');
    await press(element, '.submit');
    expect([asked, isOff(element), focused(element)]).to.deep.equal([[], true, 'projectDescription']);
    await type(element, '#projectDescription', 'Do it');
    expect(isOff(element)).to.equal(false);
  });

  it('starts a job under a provider, empties itself, and leads to the job', async () => {
    const hub = new SimulatedHub();
    const element = await under<JobForm>(hub, html`<job-form job-href="#/jobs/{id}"></job-form>`);
    await type(element, '#projectDescription', 'Print hello world');
    await type(element, '#successCriteria', 'It prints\nIt ends');
    await type(element, '#budgetUsd', '0.5');
    await press(element, '.submit');
    expect(hub.commands).to.deep.equal(['submit']);
    const [job] = hub.jobs.recent();
    expect([job?.projectDescription, job?.successCriteria, job?.budgetUsd]).to.deep.equal([
      'Print hello world',
      ['It prints', 'It ends'],
      0.5,
    ]);
    expect([field(element, 'projectDescription').value, field(element, 'budgetUsd').value]).to.deep.equal([
      '',
      '8',
    ]);
    expect(readIn(element, '.said')).to.equal('The job is started. Open job-1');
    expect(inside<HTMLAnchorElement>(element, '.said a').getAttribute('href')).to.equal('#/jobs/job-1');
    await type(element, '#projectDescription', 'Another');
    expect(readIn(element, '.said')).to.equal('');
  });

  it('announces that someone wants to see the job, where it has no address', async () => {
    const element = await under<JobForm>(new SimulatedHub(), html`<job-form></job-form>`);
    const opened: string[] = [];
    element.addEventListener('job-open', (event: JobOpenEvent) => void opened.push(event.jobId));
    await type(element, '#projectDescription', 'x');
    await press(element, '.submit');
    await press(element, '.said button');
    expect(opened).to.deep.equal(['job-1']);
  });

  it('says that it starts, takes no second wish, and keeps what is typed meanwhile', async () => {
    const element = await form();
    const answer = waiting<unknown>();
    const asked = answering(element, () => answer.promise);
    await type(element, '#projectDescription', 'first');
    await press(element, '.submit');
    expect([
      readIn(element, '.submit'),
      readIn(element, '.said'),
      inside(element, '.submit').ariaBusy,
    ]).to.deep.equal(['STARTING…', 'Starting…', 'true']);
    await press(element, '.submit');
    await type(element, '#projectDescription', 'second');
    answer.resolve({ jobId: 'j' });
    await drawn();
    expect([asked.length, field(element, 'projectDescription').value]).to.deep.equal([1, 'second']);
    expect(readIn(element, '.said')).to.equal('The job is started. Open j');
  });

  for (const [row, name, id] of [
    ['I48', 'projectDescription', 'projectDescription'],
    ['I57', 'successCriteria.3', 'successCriteria'],
    ['I56', 'budgetUsd', 'budgetUsd'],
    ['I47', 'timeLimitS', 'timeLimitS'],
    ['I56', 'concurrency', 'concurrency'],
    ['I48', 'model', 'model'],
    ['I56', 'maxIterations', 'maxIterations'],
  ] as const)
    it(`${row} shows the refusal of ${name} at its field, until it is edited`, async () => {
      const element = await form();
      answering(element, () => refusal({ [name]: 'Expected something else' }));
      await type(element, '#projectDescription', 'Do it');
      await press(element, '.submit');
      expect([note(element, id), alertOf(element)]).to.deep.equal(['Expected something else', '']);
      expect([field(element, id).ariaInvalid, focused(element)]).to.deep.equal(['true', id]);
      expect(field(element, 'projectDescription').value).to.equal('Do it');
      await type(element, `#${id}`, '2');
      expect([note(element, id) === 'Expected something else', field(element, id).ariaInvalid]).to.deep.equal(
        [false, 'false'],
      );
    });

  it('shows a refusal that is of no field as an alert, and loses nothing', async () => {
    const element = await form();
    answering(element, () => Promise.reject(new Error('There is no executor')));
    await type(element, '#projectDescription', 'Do it');
    await type(element, '#successCriteria', 'Well');
    await press(element, '.submit');
    expect(alertOf(element)).to.equal('There is no executor');
    expect([
      field(element, 'projectDescription').value,
      field(element, 'successCriteria').value,
    ]).to.deep.equal(['Do it', 'Well']);
    await type(element, '#model', 'm');
    expect(alertOf(element)).to.equal('');
  });

  it('I56 asks nobody for what cannot be, and opens what hides the field', async () => {
    const element = await form();
    const asked = answering(element, async () => {});
    await type(element, '#projectDescription', 'Do it');
    await type(element, '#targetScore', '2');
    inside<HTMLDetailsElement>(element, 'details').open = false;
    await drawn();
    await press(element, '.submit');
    expect([asked, note(element, 'targetScore'), focused(element)]).to.deep.equal([
      [],
      'Expected a number from 0 to 1',
      'targetScore',
    ]);
  });

  it('offers the models of the fleet', async () => {
    const hub = new SimulatedHub();
    const models = [{ name: 'llama3', state: 'ready' as const, sizeBytes: 1, vramBytes: null }];
    hub.fleet.add(simulatedEndpoint({ id: 'a', models }));
    const element = await under<JobForm>(hub, html`<job-form></job-form>`);
    const options = (): string[] =>
      all<HTMLOptionElement>(element, '#models option').map(({ value }) => value);
    expect(options()).to.deep.equal(['llama3']);
    hub.fleet.add(
      simulatedEndpoint({ id: 'b', models: [{ ...models[0], name: 'phi4' } as (typeof models)[0]] }),
    );
    await drawn();
    expect(options()).to.have.members(['llama3', 'phi4']);
  });

  it('goes from tab to tab by arrows, Home and End, and keeps what is in them', async () => {
    const element = await form();
    await type(element, '#projectDescription', 'kept');
    const tabs = (): (string | null)[] => all(element, '[role=tab]').map(({ ariaSelected }) => ariaSelected);
    const isHidden = (): boolean[] => all(element, '[role=tabpanel]').map(({ hidden }) => hidden === true);
    inside(element, '#tab-form').focus();
    for (const [key, selected] of [
      ['ArrowRight', 'yaml'],
      ['ArrowRight', 'form'],
      ['End', 'yaml'],
      ['Home', 'form'],
      ['ArrowLeft', 'yaml'],
    ] as const) {
      await sendKeys({ press: key });
      await drawn();
      expect([focused(element), tabs(), isHidden()], key).to.deep.equal([
        `tab-${selected}`,
        selected === 'form' ? ['true', 'false'] : ['false', 'true'],
        selected === 'form' ? [false, true] : [true, false],
      ]);
    }
    expect(field(element, 'projectDescription').value).to.equal('kept');
  });

  it('works by keyboard alone', async () => {
    const element = await form();
    const asked = answering(element, async () => ({ jobId: 'j' }));
    inside(element, '#tab-form').focus();
    await sendKeys({ press: 'Tab' });
    await sendKeys({ type: 'Do it' });
    await sendKeys({ press: 'Tab' });
    await sendKeys({ press: 'Tab' });
    await sendKeys({ press: 'Enter' });
    await drawn();
    expect(asked.map(({ projectDescription }) => projectDescription)).to.deep.equal(['Do it']);
  });

  it('has nothing to fill in where the view may not start jobs', async () => {
    const hub = new SimulatedHub();
    const element = await under<JobForm>(hub, html`<job-form></job-form>`);
    for (const [scope, count] of [
      ['view', 0],
      ['agent', 0],
      ['operate', 1],
      ['admin', 1],
    ] as const) {
      hub.scope = scope;
      hub.setConnection('live');
      await drawn();
      expect(all(element, 'form').length, scope).to.equal(count);
    }
    element.readOnly = true;
    await drawn();
    expect(read(element.shadowRoot?.querySelector('.read-only'))).to.equal(
      'You may look here, and not start jobs.',
    );
  });

  it('leaves nothing after 1,000 times in and out of the page', async () => {
    const hub = new SimulatedHub();
    const element = await under<JobForm>(hub, html`<job-form></job-form>`);
    const parent = element.parentElement as HTMLElement;
    const [listeners, elements] = [hub.listenerCount, allElements(document).length];
    for (let i = 0; i < 1000; i++) {
      element.remove();
      parent.append(element);
    }
    await drawn();
    expect([hub.listenerCount, allElements(document).length]).to.deep.equal([listeners, elements]);
    element.remove();
    expect(hub.listenerCount).to.equal(0);
  });

  for (const theme of themes) {
    it(`is accessible in ${theme}`, async () => {
      const page = await themedFixture(theme, html`<job-form></job-form>`);
      const element = page.querySelector('job-form') as JobForm;
      await type(element, '#budgetUsd', '0');
      await expect(page).to.be.accessible();
    });
  }
});
