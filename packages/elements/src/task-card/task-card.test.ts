import type { JobTask, JobTaskResult } from '@corral/core';
import { simulatedTask } from '@corral/core/testing';
import { expect, fixture, html } from '@open-wc/testing';
import { all, press, read, readIn, waiting } from '../job-status/jobs.fixture.js';
import { allElements, drawn, inside } from '../testing/frames.fixture.js';
import { hostileTexts } from '../testing/hostile-texts.fixture.js';
import { keepConsoleQuiet } from '../testing/quiet-console.fixture.js';
import { themedFixture, themes } from '../testing/themed-page.fixture.js';
import './define.js';
import type { TaskCard } from './task-card.js';

const task = (facts: Partial<JobTask> = {}): JobTask => simulatedTask({ taskId: 't', ...facts });
const result = (output: string | null, prompt = 'Do it'): JobTaskResult => ({ task: task(), prompt, output });
const card = (facts: Partial<JobTask> = {}, loadResult?: () => Promise<JobTaskResult>): Promise<TaskCard> =>
  fixture(html`<task-card .task=${task(facts)} .loadResult=${loadResult}></task-card>`);
const facts = (element: Element): Record<string, string> =>
  Object.fromEntries(
    all(element, 'dl > div').map((row) => [read(row.querySelector('dt')), read(row.querySelector('dd'))]),
  );

describe('<task-card>', () => {
  keepConsoleQuiet();

  it('shows score, cost, iterations and model', async () => {
    const element = await card({
      title: 'Write it',
      score: 0.71449,
      costUsd: 0.0188,
      iterations: 3,
      status: 'degraded',
    });
    expect(readIn(element, 'h4')).to.equal('Write it');
    expect(facts(element)).to.deep.equal({
      Score: '0.714',
      Cost: '$0.0188',
      Iterations: '3',
      Model: 'simulated-7b',
    });
    expect(readIn(element, '[part=status]')).to.equal('△Degraded');
  });

  it('never shows what is unknown as nothing, and says when it was begun again', async () => {
    const element = await card({ score: null, costUsd: null, model: null, attempt: 3 });
    expect(facts(element)).to.deep.equal({
      Score: 'N/A',
      Cost: 'N/A',
      Iterations: '1',
      Attempt: '3',
      Model: 'N/A',
    });
  });

  it('says in words why it failed', async () => {
    const element = await card({ status: 'failed', failureCode: 'poison' });
    expect(readIn(element, '.failure')).to.equal('It took its worker down each time.');
    expect(readIn(element, '[part=status]')).to.equal('✕Failed');
  });

  it('has nothing to open without someone to ask', async () => {
    expect(all(await card(), 'button').length).to.equal(0);
  });

  it('asks for the result when it is opened, shows it as text, and copies it', async () => {
    const answer = waiting<JobTaskResult>();
    const element = await card({ status: 'completed' }, () => answer.promise);
    expect(readIn(element, '.open')).to.equal('SHOW RESULT');
    await press(element, '.open');
    expect([readIn(element, '.details'), inside(element, '.open').ariaExpanded]).to.deep.equal([
      'Asking…',
      'true',
    ]);
    answer.resolve(result('<b>bold</b>\nline 2'));
    await drawn();
    expect(inside(element, '[part=result]').textContent).to.equal('<b>bold</b>\nline 2');
    expect(readIn(element, '[part=prompt]')).to.equal('Do it');
    const { writeText } = navigator.clipboard;
    const copied: string[] = [];
    try {
      navigator.clipboard.writeText = async (text) => void copied.push(text);
      await press(element, '.copy');
      expect([copied, readIn(element, '.copy-row [role=status]')]).to.deep.equal([
        ['<b>bold</b>\nline 2'],
        'Copied',
      ]);
      navigator.clipboard.writeText = () => Promise.reject(new Error('denied'));
      await press(element, '.copy');
      expect(readIn(element, '.copy-row [role=status]')).to.contain('select the text');
    } finally {
      navigator.clipboard.writeText = writeText;
    }
    await press(element, '.open');
    expect(all(element, '.details').length).to.equal(0);
  });

  it('says why there is nothing to show, and asks again', async () => {
    let refuses = true;
    const element = await card({}, async () => {
      if (refuses) throw new Error('The hub is busy');
      return result(null);
    });
    await press(element, '.open');
    expect(readIn(element, '[role=alert]')).to.equal('The hub is busy');
    refuses = false;
    await press(element, '.again');
    expect(readIn(element, '.details')).to.contain('No result yet.');
  });

  it('asks again when the task comes further, and shows the latest answer whichever comes last', async () => {
    const answers: ReturnType<typeof waiting<JobTaskResult>>[] = [];
    const element = await card({}, () => {
      const answer = waiting<JobTaskResult>();
      answers.push(answer);
      return answer.promise;
    });
    await press(element, '.open');
    element.task = task({ costUsd: 0.1 });
    await drawn();
    expect(answers.length).to.equal(1);
    element.task = task({ status: 'completed' });
    await drawn();
    expect(answers.length).to.equal(2);
    answers[1]?.resolve(result('second'));
    await drawn();
    answers[0]?.resolve(result('first'));
    await drawn();
    expect(readIn(element, '[part=result]')).to.equal('second');
    element.task = task({ taskId: 'other' });
    await drawn();
    expect(all(element, '.details').length).to.equal(0);
  });

  it('shows hostile texts as text', async () => {
    for (const hostile of hostileTexts) {
      const element = await card({ title: hostile, model: hostile }, async () => result(hostile, hostile));
      await press(element, '.open');
      expect(inside(element, 'h4').textContent).to.equal(hostile);
      expect(inside(element, '[part=result]').textContent).to.equal(hostile);
    }
    expect('hacked' in globalThis).to.equal(false);
  });

  it('stays in little width, whatever its texts', async () => {
    const element = await card({ title: 'a'.repeat(3000), model: 'b'.repeat(500), score: 0.5 });
    element.style.width = '220px';
    await drawn();
    expect(element.scrollWidth).to.be.at.most(220);
  });

  it('leaves nothing after 1,000 times in and out of the page', async () => {
    const element = await card({}, async () => result('x'));
    await press(element, '.open');
    const parent = element.parentElement as HTMLElement;
    const elements = allElements(document).length;
    for (let i = 0; i < 1000; i++) {
      element.remove();
      parent.append(element);
    }
    await drawn();
    expect(allElements(document).length).to.equal(elements);
  });

  for (const theme of themes) {
    it(`is accessible in ${theme}`, async () => {
      const page = await themedFixture(
        theme,
        html`${(['pending', 'running', 'completed', 'degraded', 'failed'] as const).map(
          (status) =>
            html`<task-card .task=${task({ title: status, status, failureCode: status === 'failed' ? 'poison' : null })} .loadResult=${async () => result('out')}></task-card>`,
        )}`,
      );
      await press(page.querySelector('task-card') as TaskCard, '.open');
      await expect(page).to.be.accessible();
    });
  }
});
