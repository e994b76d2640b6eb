import type { JobEvent } from '@corral/core';
import { simulatedTask } from '@corral/core/testing';
import { expect, html, waitUntil } from '@open-wc/testing';
import { logLine, logLines } from '../log-stream/log.fixture.js';
import { allElements, drawn, inside, textOf } from '../testing/frames.fixture.js';
import { hostileTexts } from '../testing/hostile-texts.fixture.js';
import { keepConsoleQuiet } from '../testing/quiet-console.fixture.js';
import { themedFixture, themes } from '../testing/themed-page.fixture.js';
import { all, captions, cards, given, jobWith, logged, logOf, read, texts } from './job-view.fixture.js';
import type { JobView } from './job-view.js';

const twoTasks = [
  simulatedTask({ taskId: 'a', title: 'Write it', status: 'completed' }),
  simulatedTask({ taskId: 'b', title: 'Test it' }),
];

describe('<job-view>', () => {
  keepConsoleQuiet();

  it('shows how a job stands, what is used of its limits, its criteria and its tasks', async () => {
    const element = await given({
      job: jobWith({
        projectDescription: 'Print hello world',
        totalCost: 0.0312,
        budgetUsd: 0.5,
        elapsedS: 125,
        totalTokens: 48_210,
        taskCounts: { pending: 1, running: 0, completed: 2, degraded: 1, failed: 1 },
        successCriteria: ['It runs', 'It is short'],
        unpricedCalls: 3,
        status: 'failed',
        statusReason: 'tasks_failed',
      }),
      tasks: twoTasks,
    });
    expect([textOf(element, 'h3'), read(inside(element, '.badge'))]).to.deep.equal([
      'Print hello world',
      '✕Failed',
    ]);
    expect(textOf(element, '.sentence')).to.equal('Some tasks failed.');
    expect(texts(element, '.amount-text')).to.deep.equal([
      '$0.0312 of $0.50',
      '2m 05s of 1h 30m',
      '3 of 5 tasks, 1 failed',
    ]);
    expect(textOf(element, '.unpriced')).to.equal('3 calls with no known price are not in the cost.');
    expect(texts(element, '.criteria li')).to.deep.equal(['It runs', 'It is short']);
    expect(cards(element)).to.deep.equal(['Write it: ✓Completed', 'Test it: ◐Running']);
    expect(texts(element, 'dt')).to.deep.equal([
      'Created',
      'Ended',
      'Tokens',
      'Model',
      'At once',
      'Iterations',
    ]);
  });

  it('calls unknown costs unknown', async () => {
    const element = await given({ job: jobWith({ totalCost: null, unpricedCalls: 1, budgetTokens: 1000 }) });
    expect(texts(element, '.amount-text')[0]).to.equal('unknown of $8.00');
    expect(texts(element, '.amount-text').at(-1)).to.equal('0 of 1,000');
    expect(textOf(element, '.unpriced')).to.equal('1 call with no known price is not in the cost.');
  });

  it('counts the seconds of a job that runs, and of no other', async () => {
    const running = await given({ job: jobWith({ elapsedS: 10 }) });
    const ended = await given({ job: jobWith({ elapsedS: 10, status: 'done' }) });
    const elapsed = (): (string | undefined)[] =>
      [running, ended].map((one) => texts(one, '.amount-text')[1]);
    expect(elapsed()).to.deep.equal(['10s of 1h 30m', '10s of 1h 30m']);
    await waitUntil(() => elapsed()[0] !== '10s of 1h 30m', 'the time of a job that runs goes on', {
      timeout: 8000,
    });
    expect(elapsed()[0]).to.match(/^1[1-9]s of 1h 30m$/);
    expect(elapsed()[1]).to.equal('10s of 1h 30m');
  });

  it('says what a page of its own gives it: events make tasks and the log, and longer ones add to it', async () => {
    const events: JobEvent[] = [
      logLine(0),
      { type: 'task', seq: 2, ts: logLine(1).ts, ...simulatedTask({ taskId: 'a', title: 'A' }) },
      logLine(2),
    ];
    const element = await given({ job: jobWith(), events });
    expect([cards(element), logged(element)]).to.deep.equal([['A: ◐Running'], ['line 0', 'line 2']]);
    element.events = [...events, logLine(3)];
    await drawn(3);
    expect(logged(element)).to.deep.equal(['line 0', 'line 2', 'line 3']);
    element.events = [logLine(0, { msg: 'another story' })];
    await drawn(3);
    expect([cards(element), logged(element)]).to.deep.equal([[], ['another story']]);
  });

  it('keeps hostile texts as texts', async () => {
    const shown = await given({
      job: jobWith({ successCriteria: ['x'] }),
      tasks: [simulatedTask({ taskId: 'a', title: 'x' })],
    });
    const count = allElements(shown).length;
    for (const text of hostileTexts) {
      const element = await given({
        job: jobWith({ projectDescription: text.slice(0, 100), successCriteria: [text], model: text }),
        tasks: [simulatedTask({ taskId: 'a', title: text })],
      });
      expect(inside(element, 'h3').textContent).to.equal(text.slice(0, 100));
      expect(texts(element, '.criteria li')).to.deep.equal([text.replace(/\s+/g, ' ').trim()]);
      expect(allElements(element).length).to.equal(count);
      expect(element.scrollWidth, text).to.be.at.most(element.clientWidth + 1);
    }
    expect('hacked' in globalThis).to.equal(false);
  });

  it('shortens a long description in the heading, and keeps all of it', async () => {
    const text = `First line\n${'word '.repeat(200)}`;
    const element = await given({ job: jobWith({ projectDescription: text }) });
    expect(textOf(element, 'h3').length).to.be.lessThan(165);
    expect(inside(element, '.whole pre').textContent).to.equal(text);
  });

  it('shows two hundred cards of ten thousand tasks, and the next ones on demand', async () => {
    const tasks = Array.from({ length: 10_000 }, (_, i) =>
      simulatedTask({ taskId: `t${i}`, title: `Task ${i}` }),
    );
    const element = await given({ job: jobWith(), tasks });
    expect(cards(element).length).to.equal(200);
    expect(read(inside(element, '.more'))).to.equal('Showing 200 of 10,000 tasks SHOW 200 MORE');
    inside(element, '.show-more').click();
    await drawn();
    expect(cards(element).length).to.equal(400);
  });

  it('keeps the card of each task, and tells it what is new', async () => {
    const element = await given({ job: jobWith(), tasks: twoTasks });
    const before = all(element, 'task-card');
    const [one, other] = twoTasks as [(typeof twoTasks)[0], (typeof twoTasks)[0]];
    element.tasks = [one, { ...other, score: 0.5 }, simulatedTask({ taskId: 'c', title: 'Ship it' })];
    await drawn();
    const after = all(element, 'task-card');
    expect(after.map((card) => before.indexOf(card))).to.deep.equal([0, 1, -1]);
    expect(read(after[1]?.shadowRoot?.querySelector('[part=facts]'))).to.contain('0.500');
  });

  it('has no controls where there is only something to look at', async () => {
    const element = await given({ job: jobWith(), readOnly: true });
    expect(captions(element)).to.deep.equal([]);
  });

  it('offers what a job in its state allows', async () => {
    const offered = async (facts: Parameters<typeof jobWith>[0]): Promise<string[]> =>
      captions(await given({ job: jobWith(facts) }));
    expect(await offered({ status: 'pending' })).to.deep.equal(['CANCEL', 'DELETE']);
    expect(await offered({ status: 'running' })).to.deep.equal(['CANCEL', 'DELETE']);
    expect(await offered({ status: 'interrupted' })).to.deep.equal(['RESUME', 'CANCEL', 'DELETE']);
    expect(await offered({ status: 'done' })).to.deep.equal(['DELETE']);
    expect(await offered({ status: 'failed', statusReason: 'tasks_failed' })).to.deep.equal([
      'RESUME',
      'DELETE',
    ]);
    expect(await offered({ status: 'cancelled' })).to.deep.equal(['RESUME', 'DELETE']);
  });

  it('shows another job as if it had never shown one', async () => {
    const element = await given({ job: jobWith(), tasks: twoTasks, events: logLines(3) });
    element.job = jobWith({ jobId: 'job-2' });
    element.tasks = [];
    element.events = [];
    await drawn(3);
    expect([cards(element), logged(element), logOf(element).label]).to.deep.equal([[], [], 'Log of job-2']);
  });

  for (const theme of themes) {
    it(`has no accessibility violations in the ${theme} theme`, async () => {
      const job = jobWith({
        status: 'failed',
        statusReason: 'budget_exhausted',
        unpricedCalls: 2,
        taskCounts: { pending: 0, running: 1, completed: 1, degraded: 0, failed: 0 },
        projectDescription: 'A long one '.repeat(30),
      });
      const page = await themedFixture(
        theme,
        html`<job-view .job=${job} .tasks=${twoTasks} .events=${logLines(30)}></job-view>`,
      );
      await drawn(4);
      await expect(page).to.be.accessible();
      const element = page.querySelector('job-view') as JobView;
      element.job = jobWith({ statusReason: 'no_backend' });
      await drawn();
      inside(element, '.delete').click();
      await drawn();
      await expect(page).to.be.accessible();
    });
  }
});
