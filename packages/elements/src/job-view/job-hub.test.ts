import { CorralError, type Job } from '@corral/core';
import { expect } from '@open-wc/testing';
import { logLine } from '../log-stream/log.fixture.js';
import { drawn, inside, textOf } from '../testing/frames.fixture.js';
import { keepConsoleQuiet } from '../testing/quiet-console.fixture.js';
import {
  all,
  captions,
  cards,
  hubWithJob,
  logged,
  logOf,
  press,
  read,
  texts,
  view,
} from './job-view.fixture.js';

describe('<job-view> under a provider', () => {
  keepConsoleQuiet();

  it('shows what happened, and follows what happens', async () => {
    const hub = hubWithJob();
    hub.jobs.log('job-1', 'Planning');
    const element = await view(hub);
    expect([cards(element), logged(element)]).to.deep.equal([
      ['Write it: ✓Completed', 'Test it: ◐Running'],
      ['Planning'],
    ]);
    hub.jobs.updateTask('job-1', 'task-2', { status: 'degraded', score: 0.4 });
    hub.jobs.log('job-1', 'Slow', 'warn', 'task-2');
    hub.jobs.update('job-1', { totalCost: 0.25 });
    await drawn(3);
    expect(cards(element)[1]).to.equal('Test it: △Degraded');
    expect(logged(element)).to.deep.equal(['Planning', 'Slow']);
    expect(texts(element, '.amount-text')[0]).to.equal('$0.2500 of $8.00');
  });

  it('shows long texts whole, though what is announced has them cut', async () => {
    const hub = hubWithJob({ projectDescription: 'The whole of it' });
    const cut = (job: Job): Job => ({ ...job, projectDescription: 'The wh…' });
    const { recent } = hub.jobs;
    hub.jobs.recent = () => recent.call(hub.jobs).map(cut);
    const element = await view(hub);
    expect(textOf(element, 'h3')).to.equal('The whole of it');
    const subscribed = hub.jobs.update('job-1', { projectDescription: 'The wh…', totalCost: 0.5 });
    expect(subscribed.totalCost).to.equal(0.5);
    await drawn(3);
    expect(textOf(element, 'h3')).to.equal('The whole of it');
    expect(texts(element, '.amount-text')[0]).to.equal('$0.5000 of $8.00');
  });

  it('keeps room for tasks that are on their way, and says when none are', async () => {
    const taskCounts = { pending: 2, running: 0, completed: 0, degraded: 0, failed: 0 };
    const hub = hubWithJob({ taskCounts });
    hub.jobs.events = async function* () {};
    const waiting = await view(hub);
    expect([textOf(waiting, '.quiet-text'), inside(waiting, '.quiet-text').offsetHeight]).to.deep.equal([
      'Loading the tasks…',
      138,
    ]);
    const planning = hubWithJob();
    planning.jobs.events = async function* () {};
    planning.jobs.update('job-1', { taskCounts: { ...taskCounts, pending: 0 } });
    expect(textOf(await view(planning), '.quiet-text')).to.equal('No tasks yet: the work is being planned.');
  });

  it('opens what a task was asked and what came of it', async () => {
    const hub = hubWithJob();
    hub.jobs.setOutput('job-1', 'task-1', 'print("hello")');
    const element = await view(hub);
    const [card] = all(element, 'task-card');
    card?.shadowRoot?.querySelector<HTMLButtonElement>('.open')?.click();
    await drawn(3);
    expect(read(card?.shadowRoot?.querySelector('[part=result]'))).to.equal('print("hello")');
    const [opened, beside] = all(element, 'task-card').map(({ offsetHeight }) => offsetHeight);
    expect(opened).to.be.above((beside ?? 0) + 50);
  });

  it('asks for a job that is not among the recent ones, and says when there is none', async () => {
    const hub = hubWithJob({ status: 'done', projectDescription: 'An old one' });
    hub.jobs.recent = () => [];
    expect(textOf(await view(hub), 'h3')).to.equal('An old one');
    expect(textOf(await view(hub, 'job-none'), '.blank')).to.equal('No such job.');
    expect(textOf(await view(hub, ''), '.blank')).to.equal('No job was chosen.');
  });

  it('says that a job was removed, and leaves what is known to read', async () => {
    const hub = hubWithJob();
    const element = await view(hub);
    await hub.jobs.delete('job-1');
    await drawn();
    expect(textOf(element, '[role=alert].gone')).to.contain('This job was removed.');
    expect([captions(element), cards(element).length]).to.deep.equal([[], 2]);
  });

  it('F74: goes on with the log of a job that is resumed, each line once', async () => {
    const hub = hubWithJob();
    hub.jobs.log('job-1', 'first');
    const element = await view(hub);
    hub.jobs.end('job-1', 'failed', { statusReason: 'tasks_failed' });
    await drawn(3);
    expect(captions(element)).to.deep.equal(['RESUME', 'DELETE']);
    await press(element, 'RESUME');
    hub.jobs.log('job-1', 'second');
    await drawn(3);
    expect(hub.commands).to.deep.equal(['resume job-1']);
    expect(logged(element)).to.deep.equal(['first', 'second']);
  });

  it('goes on when a job was resumed before its stream had ended', async () => {
    const hub = hubWithJob();
    const asked: (number | undefined)[] = [];
    let end = (): void => {};
    const ts = '2026-01-01T00:00:00.000Z';
    hub.jobs.events = async function* (_, options) {
      asked.push(options?.after);
      if (asked.length === 1) {
        yield { events: [{ type: 'done', seq: 7, ts, status: 'cancelled', totalCost: 0 }], gap: false };
        await new Promise<void>((resolve) => {
          end = resolve;
        });
      } else yield { events: [logLine(8, { msg: 'again' })], gap: false };
    };
    const element = await view(hub);
    await hub.jobs.resume('job-1');
    expect(asked).to.deep.equal([0]);
    end();
    await drawn(3);
    expect([asked, logged(element)]).to.deep.equal([[0, 7], ['again']]);
  });

  it('F73: cancels, and says so meanwhile', async () => {
    const hub = hubWithJob();
    const element = await view(hub);
    let finish = (): void => {};
    const cancel = hub.jobs.cancel.bind(hub.jobs);
    hub.jobs.cancel = async (jobId) => {
      await new Promise<void>((resolve) => {
        finish = resolve;
      });
      return cancel(jobId);
    };
    await press(element, 'CANCEL');
    expect(captions(element)).to.deep.equal(['CANCELLING', 'DELETE']);
    expect(all(element, '.actions button').map((one) => one.ariaDisabled)).to.deep.equal(['true', 'true']);
    finish();
    await drawn(3);
    expect([captions(element), read(inside(element, '.badge'))]).to.deep.equal([
      ['RESUME', 'DELETE'],
      '⊘Cancelled',
    ]);
  });

  it('keeps the focus at what can be done when the button that was pressed is gone', async () => {
    const hub = hubWithJob();
    const element = await view(hub);
    for (const caption of ['CANCEL', 'RESUME']) {
      all(element, '.actions button')
        .find((one) => read(one) === caption)
        ?.focus();
      await press(element, caption);
      await drawn(3);
      expect(captions(element)).not.to.include(caption);
      expect(element.shadowRoot?.activeElement?.className).to.equal('actions');
    }
  });

  it('deletes only after a question', async () => {
    const hub = hubWithJob();
    const element = await view(hub);
    await press(element, 'DELETE');
    expect(read(inside(element, '.confirm p'))).to.equal('Cancel this job and delete it with its results?');
    expect(element.shadowRoot?.activeElement?.textContent).to.equal('KEEP');
    inside(element, '.confirm .cancel').click();
    await drawn();
    expect(hub.commands).to.deep.equal([]);
    await press(element, 'DELETE');
    inside(element, '.confirm .danger').click();
    await drawn();
    expect(hub.commands).to.deep.equal(['delete job-1']);
  });

  it('F71: asks for a greater budget where it was spent, and shows a refusal at the field', async () => {
    const hub = hubWithJob({
      status: 'failed',
      statusReason: 'budget_exhausted',
      budgetUsd: 0.5,
      budgetTokens: 900,
    });
    const element = await view(hub);
    const fields = (): HTMLInputElement[] => all<HTMLInputElement>(element, '.raise input');
    expect(fields().map(({ name, value }) => [name, value])).to.deep.equal([
      ['budgetUsd', '1'],
      ['budgetTokens', '1800'],
    ]);
    const type = async (value: string): Promise<void> => {
      const [field] = fields();
      if (!field) return;
      field.value = value;
      field.dispatchEvent(new Event('input', { bubbles: true }));
      await drawn();
    };
    for (const nonsense of ['', '0', '-1', 'much', '1e999']) {
      await type(nonsense);
      await press(element, 'RESUME');
      expect([hub.commands, texts(element, '.raise .problem')]).to.deep.equal([
        [],
        ['Enter a number above 0.'],
      ]);
    }
    await type('0.4');
    const resume = hub.jobs.resume.bind(hub.jobs);
    const details = { fields: { budgetUsd: 'Expected more than was spent' } };
    hub.jobs.resume = () => Promise.reject(new CorralError('out_of_range', 'Refused', { details }));
    await press(element, 'RESUME');
    expect(texts(element, '.raise .problem')).to.deep.equal(['Expected more than was spent']);
    expect(fields()[0]?.value).to.equal('0.4');
    hub.jobs.resume = resume;
    await type('2,5');
    await press(element, 'RESUME');
    await drawn(3);
    expect(
      hub.jobs.recent().map(({ budgetUsd, budgetTokens, status }) => [budgetUsd, budgetTokens, status]),
    ).to.deep.equal([[2.5, 1800, 'running']]);
  });

  it('asks for more time where it was up', async () => {
    const hub = hubWithJob({ status: 'failed', statusReason: 'time_limit', timeLimitS: 600 });
    const element = await view(hub);
    expect(inside<HTMLInputElement>(element, '.raise input').value).to.equal('20');
    await press(element, 'RESUME');
    await drawn(3);
    expect(hub.jobs.recent()[0]?.timeLimitS).to.equal(1200);
  });

  it('has no controls where the hub allows nothing', async () => {
    const hub = hubWithJob();
    hub.scope = 'view';
    expect(captions(await view(hub))).to.deep.equal([]);
  });

  it('says why it cannot follow, and tries again when asked', async () => {
    const hub = hubWithJob();
    const events = hub.jobs.events.bind(hub.jobs);
    hub.jobs.events = () => {
      throw new Error('The hub does not answer');
    };
    const element = await view(hub);
    expect(textOf(element, '.lost .problem')).to.contain('The hub does not answer');
    hub.jobs.events = events;
    await press(element, 'TRY AGAIN');
    await drawn(3);
    expect([element.shadowRoot?.querySelector('.lost'), cards(element).length]).to.deep.equal([null, 2]);
  });

  it('says that some lines are missing', async () => {
    const hub = hubWithJob();
    hub.jobs.log('job-1', 'late');
    const events = hub.jobs.events.bind(hub.jobs);
    hub.jobs.events = async function* (jobId, options) {
      for await (const batch of events(jobId, options)) yield { ...batch, gap: true };
    };
    const element = await view(hub);
    expect(textOf(logOf(element), '.foot')).to.contain('Some lines are missing');
  });

  it('lets the page have its turn while it takes in 100,000 events', async () => {
    const hub = hubWithJob();
    const line = {
      type: 'log',
      level: 'info',
      msg: 'one of many',
      taskId: null,
      ts: '2026-01-01T00:00:00.000Z',
    } as const;
    hub.jobs.events = async function* () {
      for (let batch = 0; batch < 100; batch++) {
        yield {
          events: Array.from({ length: 1000 }, (_, i) => ({ ...line, seq: batch * 1000 + i + 1 })),
          gap: false,
        };
      }
    };
    const tasks: number[] = [];
    const observer = new PerformanceObserver((list) =>
      tasks.push(...list.getEntries().map(({ duration }) => duration)),
    );
    observer.observe({ type: 'longtask' });
    const element = await view(hub);
    while (!textOf(logOf(element), '.foot').endsWith('100,000 lines')) await drawn();
    observer.disconnect();
    expect(tasks.filter((duration) => duration > 200)).to.deep.equal([]);
  });

  it('goes on where it was after it left the page, and follows nothing meanwhile', async () => {
    const hub = hubWithJob();
    hub.jobs.log('job-1', 'before');
    const asked: (number | undefined)[] = [];
    const events = hub.jobs.events.bind(hub.jobs);
    hub.jobs.events = (jobId, options) => {
      asked.push(options?.after);
      return events(jobId, options);
    };
    const element = await view(hub);
    const provider = element.parentElement as HTMLElement;
    element.remove();
    hub.jobs.log('job-1', 'meanwhile');
    await drawn();
    expect(logged(element)).to.deep.equal(['before']);
    provider.append(element);
    await drawn(4);
    expect([logged(element), asked]).to.deep.equal([
      ['before', 'meanwhile'],
      [0, 3],
    ]);
    element.jobId = 'job-none';
    await drawn(3);
    expect(textOf(element, '.blank')).to.equal('No such job.');
  });

  it('leaves nothing after 1,000 times in and out of the page', async () => {
    const hub = hubWithJob();
    let open = 0;
    const events = hub.jobs.events.bind(hub.jobs);
    hub.jobs.events = async function* (jobId, options) {
      open += 1;
      try {
        yield* events(jobId, options);
      } finally {
        open -= 1;
      }
    };
    const element = await view(hub);
    const provider = element.parentElement as HTMLElement;
    for (let i = 0; i < 1000; i++) {
      element.remove();
      provider.append(element);
    }
    await drawn(4);
    expect([open, cards(element).length]).to.deep.equal([1, 2]);
    element.remove();
    await drawn(4);
    expect([open, hub.listenerCount]).to.deep.equal([0, 0]);
  });
});
