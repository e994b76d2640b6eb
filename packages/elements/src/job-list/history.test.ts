import type { Job, JobPage } from '@corral/core';
import { CorralError } from '@corral/core';
import { SimulatedHub } from '@corral/core/testing';
import { expect, fixture, html } from '@open-wc/testing';
import { sendKeys } from '@web/test-runner-commands';
import { all, ended, hubOf, job, press, read, readIn, under, waiting } from '../job-status/jobs.fixture.js';
import { everySecond } from '../relative-time.js';
import { allElements, drawn, inside } from '../testing/frames.fixture.js';
import { keepConsoleQuiet } from '../testing/quiet-console.fixture.js';
import { themedFixture, themes } from '../testing/themed-page.fixture.js';
import './define.js';
import type { JobList } from './job-list.js';

const historyOf = (hub: SimulatedHub, size = 3): Promise<JobList> =>
  under(hub, html`<job-list variant="history" page-size=${size}></job-list>`);
const jobs = (count: number): Job[] =>
  Array.from({ length: count }, (_, i) => ended(`j${count - i}`, count - i));
const names = (list: Element): string[] => all(list, '.description').map(read);
const page = (list: Element): string => readIn(list, '.page');
const cell = (list: Element, name: string, kind: string): string => {
  const row = all(list, 'tbody tr').find((one) => read(one.querySelector('.description')) === name);
  return read(row?.querySelector(`.${kind}`));
};

describe('<job-list>: history', () => {
  keepConsoleQuiet();

  it('shows id, description, status, cost and date of what has ended', async () => {
    const list = await historyOf(
      hubOf([
        ended('one', 3, 'done', { totalCost: 0.0312, unpricedCalls: 1 }),
        ended('5d1e7c02-8b1f-4c11', 2, 'failed', { statusReason: 'time_limit', totalCost: null }),
        job('runs'),
      ]),
    );
    expect(names(list)).to.deep.equal(['one', '5d1e7c02-8b1f-4c11']);
    expect([cell(list, 'one', 'cost'), cell(list, 'one', 'status')]).to.deep.equal([
      '$0.0312 1 unpriced call',
      '✓Done',
    ]);
    expect(['id', 'cost', 'status'].map((kind) => cell(list, '5d1e7c02-8b1f-4c11', kind))).to.deep.equal([
      '5d1e7c02…',
      'N/A',
      '✕Failed The time is up. Results so far are kept.',
    ]);
    const time = all<HTMLTimeElement>(list, 'time')[0];
    expect([time?.dateTime, time?.title]).to.deep.equal([
      '2026-01-01T03:30:00.000Z',
      new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' }).format(
        Date.UTC(2026, 0, 1, 3, 30),
      ),
    ]);
  });

  it('turns its pages, there and back', async () => {
    const list = await historyOf(hubOf(jobs(8)));
    expect([names(list), page(list)]).to.deep.equal([['j8', 'j7', 'j6'], 'Page 1 of 3 · 8 jobs']);
    await press(list, '.previous');
    await press(list, '.next');
    expect(names(list)).to.deep.equal(['j5', 'j4', 'j3']);
    await press(list, '.next');
    expect([names(list), page(list), inside(list, '.next').ariaDisabled]).to.deep.equal([
      ['j2', 'j1'],
      'Page 3 of 3 · 8 jobs',
      'true',
    ]);
    await press(list, '.next');
    await press(list, '.previous');
    expect(names(list)).to.deep.equal(['j5', 'j4', 'j3']);
  });

  it('stays on its page while jobs come and go, and what is shown stays until something newer is there', async () => {
    const hub = hubOf(jobs(7));
    const list = await historyOf(hub);
    await press(list, '.next');
    const row = all(list, 'tbody tr')[1];
    const answer = waiting<JobPage>();
    const real = hub.jobs.list.bind(hub.jobs);
    hub.jobs.list = () => answer.promise;
    hub.jobs.add(job('new'));
    hub.jobs.end('new', 'done');
    await drawn();
    expect([names(list), inside(list, 'table').ariaBusy]).to.deep.equal([['j4', 'j3', 'j2'], 'true']);
    answer.resolve(await real({ status: ['done'], limit: 3, cursor: '3' }));
    await drawn();
    expect([page(list), all(list, 'tbody tr').includes(row as HTMLElement)]).to.deep.equal([
      'Page 2 of 3 · 8 jobs',
      true,
    ]);
  });

  it('F80 asks once more after a burst of endings, and never for jobs that run', async () => {
    const hub = hubOf(jobs(2));
    const list = await historyOf(hub);
    let asked = 0;
    const real = hub.jobs.list.bind(hub.jobs);
    hub.jobs.list = (query) => {
      asked += 1;
      return real(query);
    };
    for (let i = 0; i < 100; i++) hub.jobs.add(job(`r${i}`));
    for (let i = 0; i < 100; i++) hub.jobs.update(`r${i}`, { elapsedS: i });
    await drawn();
    expect(asked).to.equal(0);
    for (let i = 0; i < 100; i++) hub.jobs.end(`r${i}`, 'done');
    await drawn();
    expect(asked).to.be.within(1, 3);
    expect(page(list)).to.equal('Page 1 of 34 · 102 jobs');
  });

  it('goes back from a last page that is empty by now', async () => {
    const hub = hubOf(jobs(4));
    const list = await historyOf(hub);
    await press(list, '.next');
    expect(names(list)).to.deep.equal(['j1']);
    await hub.jobs.delete('j1');
    await drawn();
    expect(names(list)).to.deep.equal(['j4', 'j3', 'j2']);
    expect(all(list, '.pages').length).to.equal(0);
  });

  it('says what went wrong, keeps what it has, and tries again', async () => {
    const hub = hubOf(jobs(2));
    hub.jobs.listRefusal = new CorralError('store_failed', 'The store does not answer');
    const list = await historyOf(hub);
    expect([readIn(list, '[role=alert]'), names(list)]).to.deep.equal([
      'The store does not answer TRY AGAIN',
      [],
    ]);
    hub.jobs.listRefusal = undefined;
    await press(list, '.again');
    expect([readIn(list, '[role=alert]'), names(list)]).to.deep.equal(['', ['j2', 'j1']]);
    hub.jobs.listRefusal = new CorralError('store_failed', 'Gone again');
    hub.setConnection('live');
    await drawn();
    expect([readIn(list, '[role=alert]'), names(list)]).to.deep.equal(['Gone again TRY AGAIN', ['j2', 'j1']]);
  });

  it('says that it looks, and that there is nothing', async () => {
    const hub = hubOf([]);
    const answer = waiting<JobPage>();
    const real = hub.jobs.list.bind(hub.jobs);
    hub.jobs.list = () => answer.promise;
    const list = await historyOf(hub);
    expect(readIn(list, '[part=empty]')).to.equal('Looking for jobs…');
    answer.resolve(await real());
    await drawn();
    expect(readIn(list, '[part=empty]')).to.equal('No job has ended yet.');
  });

  it('resumes what is not done', async () => {
    const hub = hubOf([ended('a', 3, 'done'), ended('b', 2, 'failed'), ended('c', 1, 'cancelled')]);
    const list = await historyOf(hub);
    expect(all(list, '.resume').map(({ ariaLabel }) => ariaLabel)).to.deep.equal([
      'Resume job b',
      'Resume job c',
    ]);
    await press(list, '.resume');
    expect([hub.commands, names(list), readIn(list, '.said')]).to.deep.equal([
      ['resume b'],
      ['a', 'c'],
      'Job b goes on',
    ]);
  });

  it('deletes after a question, and gives the focus to the list', async () => {
    const hub = hubOf(jobs(2));
    const list = await historyOf(hub);
    await press(list, '.delete');
    expect(readIn(list, '.confirm p')).to.equal('Delete job j2 with its results and its log?');
    expect(list.shadowRoot?.activeElement?.className).to.equal('cancel');
    await sendKeys({ press: 'Escape' });
    await drawn();
    expect(list.shadowRoot?.activeElement?.ariaLabel).to.equal('Delete job j2');
    expect(hub.commands).to.deep.equal([]);
    await press(list, '.delete');
    await press(list, '.confirm .danger');
    expect([hub.commands, names(list), readIn(list, '.said')]).to.deep.equal([
      ['delete j2'],
      ['j1'],
      'Job j2 is deleted',
    ]);
    expect(list.shadowRoot?.activeElement?.className).to.contain('list');
  });

  it('says in the row why a job was not deleted', async () => {
    const list = await historyOf(hubOf(jobs(2)));
    list.addEventListener('job-delete', (event) =>
      event.respondWith(Promise.reject(new Error('It is gone already'))),
    );
    await press(list, '.delete');
    await press(list, '.confirm .danger');
    expect(cell(list, 'j2', 'actions')).to.equal('DELETE It is gone already');
  });

  it('copies an id', async () => {
    const list = await historyOf(hubOf(jobs(1)));
    const { writeText } = navigator.clipboard;
    const copied: string[] = [];
    try {
      navigator.clipboard.writeText = async (text) => void copied.push(text);
      await press(list, '.copy-id');
      expect([copied, readIn(list, '.said')]).to.deep.equal([['j1'], 'Copied']);
    } finally {
      navigator.clipboard.writeText = writeText;
    }
  });

  it('has no controls beyond what the view may ask for', async () => {
    const hub = hubOf([ended('a', 1, 'failed')]);
    const list = await historyOf(hub);
    for (const [scope, count] of [
      ['view', 0],
      ['agent', 0],
      ['operate', 2],
      ['admin', 2],
    ] as const) {
      hub.scope = scope;
      hub.setConnection('live');
      await drawn();
      expect(all(list, '.buttons button').length, scope).to.equal(count);
    }
    list.readOnly = true;
    await drawn();
    expect([all(list, '.buttons button').length, all(list, 'thead th').length]).to.deep.equal([0, 5]);
  });

  it('turns the pages of given jobs itself', async () => {
    const list = await fixture<JobList>(
      html`<job-list variant="history" page-size="2" .jobs=${[...jobs(3), job('runs')]}></job-list>`,
    );
    expect([names(list), page(list)]).to.deep.equal([['j3', 'j2'], 'Page 1 of 2 · 3 jobs']);
    await press(list, '.next');
    expect(names(list)).to.deep.equal(['j1']);
    list.jobs = jobs(1);
    await drawn();
    expect(names(list)).to.deep.equal(['j1']);
  });

  it('asks for the first page of another hub, and takes no late answer of the one before', async () => {
    const first = hubOf(jobs(2));
    const answer = waiting<JobPage>();
    first.jobs.list = () => answer.promise;
    const list = await historyOf(first);
    const provider = list.parentElement as HTMLElement & { hub: unknown };
    provider.hub = hubOf([ended('other', 1)]);
    await drawn();
    answer.resolve({ jobs: jobs(2), nextCursor: null, total: 2 });
    await drawn();
    expect(names(list)).to.deep.equal(['other']);
    expect(first.listenerCount).to.equal(0);
  });

  it('stacks its rows in little width, each fact with its label', async () => {
    const list = await historyOf(
      hubOf([ended('a'.repeat(400), 1, 'failed', { statusReason: 'tasks_failed' })]),
    );
    list.style.width = '340px';
    await drawn();
    expect(list.scrollWidth).to.be.at.most(340);
    const edges = all(list, 'tbody :is(.description, .status, .cost)').map((one) =>
      one.getBoundingClientRect(),
    );
    expect(edges.every(({ top }, i) => i === 0 || top >= (edges[i - 1]?.bottom ?? 0) - 1)).to.equal(true);
    expect(getComputedStyle(inside(list, 'td.cost'), '::before').content).to.contain('Cost');
  });

  it('leaves nothing after 1,000 times in and out of the page', async () => {
    const hub = hubOf(jobs(2));
    const list = await historyOf(hub);
    const parent = list.parentElement as HTMLElement;
    const [listeners, elements] = [hub.listenerCount, allElements(document).length];
    for (let i = 0; i < 1000; i++) {
      list.remove();
      parent.append(list);
    }
    await drawn();
    expect([hub.listenerCount, allElements(document).length]).to.deep.equal([listeners, elements]);
    list.remove();
    expect([hub.listenerCount, everySecond.isRunning]).to.deep.equal([0, false]);
  });

  for (const theme of themes) {
    it(`is accessible in ${theme}, wide and narrow`, async () => {
      const given = [
        ...jobs(3),
        ended('f', 0, 'failed', { statusReason: 'planning_failed', unpricedCalls: 1 }),
      ];
      const found = await themedFixture(
        theme,
        html`<job-list variant="history" page-size="4" .jobs=${[...given, ...jobs(2)]}></job-list>`,
      );
      const list = found.querySelector('job-list') as JobList;
      await press(list, '.delete');
      await expect(found).to.be.accessible();
      list.style.width = '340px';
      await drawn();
      await expect(found).to.be.accessible();
    });
  }
});
