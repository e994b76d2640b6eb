import {
  type JobReason,
  type JobStatus,
  jobReasons,
  jobStatuses,
  type TaskStatus,
  taskFailureCodes,
  taskStatuses,
} from '@corral/core';
import { SimulatedClock } from '@corral/core/testing';
import { expect } from '@open-wc/testing';
import { jobBadgeView, taskBadgeView } from './badge-view.js';
import { jobHref } from './job-link.js';
import {
  budgetText,
  costText,
  failureText,
  priceText,
  progressText,
  reasonText,
  scoreText,
  shortId,
} from './job-texts.js';
import { counts, job } from './jobs.fixture.js';
import { RunningTime } from './running-time.js';

describe('texts about jobs', () => {
  it('write costs to 4 decimals, and never what is unknown or tiny as nothing', () => {
    const texts = [0, 0.0312, 0.00001, 12.5, null].map(costText);
    expect(texts).to.deep.equal(['$0.0000', '$0.0312', '<$0.0001', '$12.5000', 'N/A']);
    expect([0.5, 8, 0.0125].map(budgetText)).to.deep.equal(['$0.50', '$8.00', '$0.0125']);
    expect([0.6, 0.004, null].map(priceText)).to.deep.equal(['$0.60', '$0.0040', 'N/A']);
    expect([0.71449, 1, null].map(scoreText)).to.deep.equal(['0.714', '1.000', 'N/A']);
  });

  it('say how far the tasks are', () => {
    const text = (given: Parameters<typeof counts>[0], status: JobStatus = 'running'): string =>
      progressText(job('j', { status, taskCounts: counts(given) }));
    expect(text({})).to.equal('Planning…');
    expect(text({}, 'pending')).to.equal('No tasks yet');
    expect(text({}, 'failed')).to.equal('No tasks');
    expect(text({ completed: 2, degraded: 1, failed: 1, pending: 4 })).to.equal('3 of 8 tasks, 1 failed');
    expect(text({ running: 1 })).to.equal('0 of 1 task');
  });

  it('have a sentence for every reason, and a mark of its own for every state of a task', () => {
    for (const reason of jobReasons) expect(reasonText(reason), reason).to.match(/^[A-Z].*\.$/);
    for (const code of taskFailureCodes) expect(failureText(code), code).to.match(/^[A-Z].*\.$/);
    const marks = taskStatuses.map((status) => taskBadgeView(status, null).mark);
    expect(new Set(marks).size).to.equal(taskStatuses.length);
    const jobMarks = jobStatuses.map((status) => jobBadgeView({ status, statusReason: null }).mark);
    expect(new Set(jobMarks).size).to.equal(jobStatuses.length);
  });

  it('say that a running job waits', () => {
    const { label, tone, sentence } = jobBadgeView({ status: 'running', statusReason: 'no_backend' });
    expect([label, tone, sentence]).to.deep.equal([
      'Waiting',
      'warn',
      'No endpoint can be called now. It goes on when one can.',
    ]);
  });

  it('keep the word of what a newer hub knows', () => {
    for (const word of ['sleeping', 'toString', '__proto__']) {
      expect(reasonText(word as JobReason)).to.equal(word);
      expect(taskBadgeView(word as TaskStatus, null).label).to.equal(word);
    }
  });

  it('shorten an id', () => {
    expect([shortId('job-1'), shortId('5d1e7c02-8b1f-4c11')]).to.deep.equal(['job-1', '5d1e7c02…']);
  });
});

describe('a way to a job', () => {
  it('puts the id into the pattern, and nothing but that', () => {
    expect(jobHref('#/jobs/{id}', 'a/b?c')).to.equal('#/jobs/a%2Fb%3Fc');
    expect(jobHref('https://hub.test/{id}', '$&')).to.equal('https://hub.test/%24%26');
  });

  for (const pattern of ['', 'javascript:alert(1)//{id}', 'data:text/html,{id}', 'vbscript:{id}', '{id}:x'])
    it(`has none with the pattern “${pattern}”`, () => {
      expect(jobHref(pattern, 'javascript')).to.equal(undefined);
    });
});

describe('the time of a running job', () => {
  it('counts on from the last news, and follows newer ones', async () => {
    const clock = new SimulatedClock();
    const time = new RunningTime(clock);
    const first = job('j', { elapsedS: 10 });
    expect(time.secondsOf(first)).to.equal(10);
    await clock.advance(5000);
    expect([time.secondsOf(first), time.secondsOf({ ...first })]).to.deep.equal([15, 15]);
    expect(time.secondsOf({ ...first, elapsedS: 14 })).to.equal(14);
    await clock.advance(1000);
    expect(time.secondsOf({ ...first, elapsedS: 14, status: 'failed' })).to.equal(14);
  });

  it('begins anew for jobs that were gone', async () => {
    const clock = new SimulatedClock();
    const time = new RunningTime(clock);
    const first = job('j', { elapsedS: 10 });
    time.secondsOf(first);
    await clock.advance(5000);
    time.keep([]);
    expect(time.secondsOf(first)).to.equal(10);
  });
});
