import { CorralError, type JobSource, type JobSpec } from '@corral/core';
import { SimulatedHub } from '@corral/core/testing';
import { expect, fixture, html } from '@open-wc/testing';
import type { JobSubmitEvent, JobValidateEvent } from '../events/job-events.js';
import { all, press, read, readIn, under, waiting } from '../job-status/jobs.fixture.js';
import { drawn, inside } from '../testing/frames.fixture.js';
import { hostileTexts } from '../testing/hostile-texts.fixture.js';
import { keepConsoleQuiet } from '../testing/quiet-console.fixture.js';
import { themedFixture, themes } from '../testing/themed-page.fixture.js';
import './define.js';
import type { JobForm } from './job-form.js';
import { restMs } from './spec-check.js';

const area = (element: Element): HTMLTextAreaElement => inside<HTMLTextAreaElement>(element, '#yaml');
const said = (element: Element): string => readIn(element, '#yaml-state');
const isOff = (element: Element): boolean => inside(element, '.submit').ariaDisabled === 'true';
const file = (text: BlobPart, name = 'job.yaml'): File => new File([text], name);

async function rested(): Promise<void> {
  await new Promise((done) => setTimeout(done, restMs + 20));
  await drawn();
}

/** Leaves the text: then it is checked without a rest. */
async function leave(element: Element): Promise<void> {
  area(element).dispatchEvent(new Event('change', { bubbles: true }));
  await drawn();
}

async function write(element: Element, text: string): Promise<void> {
  area(element).value = text;
  area(element).dispatchEvent(new Event('input', { bubbles: true }));
  await drawn();
}

function drag(element: Element, kind: string, files: readonly File[] = [], text?: string): DragEvent {
  const dataTransfer = new DataTransfer();
  for (const one of files) dataTransfer.items.add(one);
  if (text !== undefined) dataTransfer.setData('text/plain', text);
  const event = new DragEvent(kind, { bubbles: true, cancelable: true, composed: true, dataTransfer });
  inside(element, '.drop').dispatchEvent(event);
  return event;
}

async function drop(element: Element, ...files: readonly File[]): Promise<void> {
  drag(element, 'drop', files);
  await drawn();
}

/** A form whose texts are checked by `answer`; keeps what was asked. */
async function checked(answer: (text: string) => Promise<unknown>): Promise<[JobForm, string[]]> {
  const element = await fixture<JobForm>(html`<job-form tab="yaml"></job-form>`);
  const asked: string[] = [];
  element.addEventListener('job-validate', (event: JobValidateEvent) => {
    const { yaml } = event.source as { yaml: string };
    asked.push(yaml);
    event.respondWith(answer(yaml));
  });
  return [element, asked];
}

const spec = async (facts: Partial<JobSpec> = {}): Promise<JobSpec> => ({
  ...(await new SimulatedHub().jobs.validate({ projectDescription: 'Do it' })),
  ...facts,
});
const invalid = (details: Readonly<Record<string, unknown>>): Promise<never> =>
  Promise.reject(new CorralError('invalid_yaml', 'Expected YAML', { details }));

describe('<job-form>: YAML', () => {
  keepConsoleQuiet();

  it('has a text checked once after a rest, and shows what would be run', async () => {
    const tasks = [
      { taskId: 'a', title: 'Write', prompt: 'x', dependsOn: [] },
      { taskId: 'b', title: 'Test', prompt: 'y', dependsOn: ['a'] },
    ];
    const [element, asked] = await checked(() =>
      spec({ budgetUsd: 2, successCriteria: ['It works'], tasks }),
    );
    await write(element, 'a');
    await write(element, 'ab');
    expect([asked, said(element)]).to.deep.equal([[], 'Checking…']);
    await rested();
    expect([asked, said(element)]).to.deep.equal([['ab'], 'This can be started, with 2 tasks.']);
    const rows = Object.fromEntries(
      all(element, '[part=spec] tbody tr').map((row) => [
        read(row.querySelector('th')),
        read(row.querySelector('td')),
      ]),
    );
    expect(rows).to.deep.equal({
      Description: 'Do it',
      'Success criteria': 'It works',
      Budget: '$2.00',
      'Time limit': '1h 30m default',
      'Tasks at once': '3 default',
      Model: 'any default',
      'Iterations for each task': '3 default',
      'Score to reach': '0.8 default',
      'Token limit': 'none default',
    });
    expect(all(element, '[part=tasks] tbody tr').map(read)).to.deep.equal(['aWrite–', 'bTesta']);
  });

  it('I54 says where a text is wrong, and shows the lines around it', async () => {
    const [element] = await checked(() => invalid({ line: 3, column: 5, problem: 'bad indentation' }));
    await write(element, 'one\ntwo\n  three\nfour\nfive\nsix');
    await leave(element);
    expect(readIn(element, '#yaml-state .problem')).to.equal('Line 3, column 5: bad indentation');
    expect(all(element, '.snippet li').map(read)).to.deep.equal([
      '1one',
      '2two',
      '3 three',
      '4four',
      '5five',
    ]);
    expect([readIn(element, '[data-meant] .line-number'), readIn(element, 'mark')]).to.deep.equal(['3', 'r']);
    expect([area(element).ariaInvalid, inside(element, '#yaml-state').ariaLive]).to.deep.equal([
      'true',
      'polite',
    ]);
    await press(element, '.go-to');
    expect([area(element).selectionStart, element.shadowRoot?.activeElement?.id]).to.deep.equal([12, 'yaml']);
  });

  it('names each value that is wrong, with its line where that is known', async () => {
    const fields = {
      'tasks.3.prompt': 'Expected less',
      concurency: 'Expected no such field',
      budgetUsd: 'Expected more than 0',
    };
    const [element] = await checked(() => invalid({ fields, lines: { concurency: 3, budgetUsd: 2 } }));
    await write(element, 'project_description: x\nbudget_usd: 0\nconcurency: 3');
    await leave(element);
    expect(readIn(element, '#yaml-state .problem')).to.equal('This cannot be started:');
    expect(all(element, '.problems li').map(read)).to.deep.equal([
      'Line 2 budgetUsd: Expected more than 0',
      'Line 3 concurency: Expected no such field',
      'tasks.3.prompt: Expected less',
    ]);
    expect(readIn(element, '[data-meant]')).to.equal('2budget_usd: 0');
  });

  it('shows the answer to the latest text, whichever comes last', async () => {
    const answers = new Map<string, ReturnType<typeof waiting<JobSpec>>>();
    const [element] = await checked((text) => {
      const answer = waiting<JobSpec>();
      answers.set(text, answer);
      return answer.promise;
    });
    await write(element, 'first');
    await leave(element);
    await write(element, 'second');
    await leave(element);
    answers.get('second')?.resolve(await spec({ projectDescription: 'second' }));
    await drawn();
    answers.get('first')?.resolve(await spec({ projectDescription: 'first' }));
    await drawn();
    expect(readIn(element, '[part=spec] td')).to.equal('second');
  });

  it('takes a file that is dropped, and shows that it can be', async () => {
    const [element, asked] = await checked(() => spec());
    const over = drag(element, 'dragenter', [file('x')]);
    await drawn();
    expect([
      over.defaultPrevented,
      inside(element, '.drop').hasAttribute('data-over'),
      readIn(element, '.drop-text'),
    ]).to.deep.equal([true, true, 'Drop the file now']);
    drag(element, 'dragleave');
    await drawn();
    expect(inside(element, '.drop').hasAttribute('data-over')).to.equal(false);
    await drop(element, file('a: 1\r\nb: 2\n', 'job.YML'));
    await leave(element);
    expect([area(element).value, asked]).to.deep.equal(['a: 1\nb: 2\n', ['a: 1\nb: 2\n']]);
    expect(drag(element, 'dragover', [], 'text').defaultPrevented).to.equal(false);
  });

  it('takes a file that is chosen', async () => {
    const [element] = await checked(() => spec());
    const input = inside<HTMLInputElement>(element, '#file');
    const chosen = new DataTransfer();
    chosen.items.add(file('chosen: yes'));
    input.files = chosen.files;
    input.dispatchEvent(new Event('change'));
    await drawn();
    expect([area(element).value, input.files.length]).to.deep.equal(['chosen: yes', 0]);
  });

  it('lets the latest of two files win, whichever is read first', async () => {
    const [element] = await checked(() => spec());
    const [slow, fast] = [file(''), file('fast')];
    const bytes = waiting<ArrayBuffer>();
    slow.arrayBuffer = () => bytes.promise;
    // A list of files makes copies: the reading goes through the one that was made slow.
    const given = { types: ['Files'], files: [slow] };
    const event = new Event('drop', { bubbles: true, cancelable: true });
    Object.defineProperty(event, 'dataTransfer', { value: given });
    inside(element, '.drop').dispatchEvent(event);
    await drawn();
    expect([said(element), isOff(element)]).to.deep.equal(['Reading the file…', true]);
    await drop(element, fast);
    bytes.resolve(new TextEncoder().encode('slow').buffer);
    await drawn();
    expect(area(element).value).to.equal('fast');
  });

  for (const [what, files, text] of [
    ['256 KiB + 1', [file('x'.repeat(256 * 1024 + 1))], 'Expected at most 256 KiB of YAML, got 257 KiB.'],
    ['another kind of file', [file('x', 'job.zip')], 'Expected a .yaml or .yml file, got job.zip.'],
    [
      'bytes that are no text',
      [file(new Uint8Array([0xff, 0xfe, 0x61]))],
      'job.yaml could not be read. Expected text in UTF-8.',
    ],
    ['two files', [file('a'), file('b')], 'Expected one file.'],
  ] as const)
    it(`I51 I54 refuses ${what} at once, and keeps what was there`, async () => {
      const [element, asked] = await checked(() => spec());
      await write(element, 'kept');
      await leave(element);
      await drop(element, ...files);
      expect([said(element), area(element).value, asked]).to.deep.equal([text, 'kept', ['kept']]);
    });

  it('I51 asks nobody about a text of more than 256 KiB, in bytes', async () => {
    const [element, asked] = await checked(() => spec());
    await write(element, 'é'.repeat(128 * 1024));
    await leave(element);
    expect([asked.length, isOff(element)]).to.deep.equal([1, false]);
    await write(element, 'é'.repeat(128 * 1024 + 1));
    await leave(element);
    expect([asked.length, isOff(element), said(element)]).to.deep.equal([
      1,
      true,
      'Expected at most 256 KiB of YAML.',
    ]);
  });

  it('starts the text as it is, and empties itself', async () => {
    const hub = new SimulatedHub();
    const element = await under<JobForm>(hub, html`<job-form tab="yaml"></job-form>`);
    const sources: JobSource[] = [];
    element.addEventListener('job-submit', ({ source }: JobSubmitEvent) => void sources.push(source));
    expect(isOff(element)).to.equal(true);
    await write(element, 'project_description: x');
    expect(isOff(element)).to.equal(false);
    await press(element, '.submit');
    expect(sources).to.deep.equal([{ yaml: 'project_description: x' }]);
    expect([area(element).value, hub.jobs.recent().length, readIn(element, '.said')]).to.deep.equal([
      '',
      1,
      'The job is started. Open job-1',
    ]);
  });

  it('says once why a text was not started, at its place, and keeps it', async () => {
    const hub = new SimulatedHub();
    const element = await under<JobForm>(hub, html`<job-form tab="yaml"></job-form>`);
    hub.jobs.refusal = new CorralError('invalid_yaml', 'Expected YAML', {
      details: { line: 1, column: 1, problem: 'no' },
    });
    await write(element, 'x: y: z');
    await press(element, '.submit');
    expect([readIn(element, '#yaml-state .problem'), readIn(element, 'form > [role=alert]')]).to.deep.equal([
      'Line 1, column 1: no',
      '',
    ]);
    expect(area(element).value).to.equal('x: y: z');
  });

  it('leaves no timer when it leaves the page, and asks when it is back', async () => {
    const [element, asked] = await checked(() => spec());
    const parent = element.parentElement as HTMLElement;
    await write(element, 'x');
    element.remove();
    await rested();
    expect(asked).to.deep.equal([]);
    parent.append(element);
    await rested();
    expect(asked).to.deep.equal(['x']);
  });

  it('shows hostile texts as text', async () => {
    const tasks = hostileTexts.map((text) => ({
      taskId: text,
      title: text,
      prompt: text,
      dependsOn: [text],
    }));
    const [element] = await checked(() =>
      spec({ successCriteria: hostileTexts, labels: hostileTexts, tasks }),
    );
    await write(element, 'x');
    await leave(element);
    expect(all(element, '[part=spec] li').map(({ textContent }) => textContent)).to.deep.equal(hostileTexts);
    expect(all(element, '[part=tasks] td:nth-child(2)').map(({ textContent }) => textContent)).to.deep.equal(
      hostileTexts,
    );
    for (const hostile of hostileTexts) {
      const [wrong] = await checked(() =>
        invalid({ line: 1, column: 3, problem: hostile, fields: { [hostile]: hostile } }),
      );
      await write(wrong, hostile);
      await leave(wrong);
      expect(inside(wrong, '#yaml-state .problem').textContent).to.contain(hostile);
    }
    expect('hacked' in globalThis).to.equal(false);
  });

  for (const theme of themes) {
    it(`is accessible in ${theme}, with a preview and with a mistake`, async () => {
      const page = await themedFixture(theme, html`<job-form tab="yaml"></job-form>`);
      const element = page.querySelector('job-form') as JobForm;
      element.addEventListener('job-validate', (event: JobValidateEvent) => {
        const isRight = (event.source as { yaml: string }).yaml === 'right';
        const fields = { budgetUsd: 'Too much' };
        event.respondWith(isRight ? spec() : invalid({ line: 1, column: 2, problem: 'no', fields }));
      });
      for (const text of ['right', 'wrong']) {
        await write(element, text);
        await leave(element);
        await expect(page).to.be.accessible();
      }
    });
  }
});
