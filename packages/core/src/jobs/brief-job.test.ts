import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { simulatedJob } from '../testing/simulated-jobs.js';
import { briefJob } from './brief-job.js';
import { JobHouse } from './fake-jobs.fixture.js';
import type { Job } from './job.js';

const long = {
  projectDescription: 'Write a long book. '.repeat(3000).trim(),
  successCriteria: Array.from({ length: 150 }, (_, n) => `Chapter ${n} is there. `.repeat(50).trim()),
  labels: Array.from({ length: 150 }, (_, n) => `label-${n}`.padEnd(100, 'x')),
};
const textsOf = ({ projectDescription, successCriteria, labels }: Job) => ({
  ...{ projectDescription, successCriteria, labels },
});

describe('briefJob', () => {
  it('leaves a job of short texts as it is', () => {
    const job = simulatedJob({
      jobId: 'j',
      projectDescription: 'x'.repeat(1000),
      successCriteria: ['It works'],
    });
    expect(briefJob(job)).toBe(job);
  });

  it('cuts long texts, says so, and leaves every other fact alone', () => {
    const job = simulatedJob({ jobId: 'j', ...long });
    const brief = briefJob(job);
    expect(brief.projectDescription).toBe(`${long.projectDescription.slice(0, 999)}…`);
    expect(brief.successCriteria).toHaveLength(11);
    expect(brief.successCriteria[9]).toBe(`${long.successCriteria[9]!.slice(0, 199)}…`);
    expect(brief.successCriteria[10]).toBe('…');
    expect(brief.labels).toEqual(long.labels.slice(0, 20));
    expect({ ...brief, ...long }).toEqual(job);
  });

  it('keeps any job small and its characters whole, and cuts nothing twice', () => {
    const unit = fc.string({ unit: 'binary', minLength: 1, maxLength: 4 });
    const text = fc.tuple(unit, fc.nat(1500)).map(([part, times]) => part.repeat(times));
    const texts = fc.record({ projectDescription: text, successCriteria: fc.array(text, { maxLength: 20 }) });
    fc.assert(
      fc.property(texts, (given) => {
        const brief = briefJob(simulatedJob({ jobId: 'j', ...given }));
        expect(JSON.stringify(textsOf(brief)).length).toBeLessThan(25_000);
        expect(/\p{Cs}/u.test(brief.projectDescription)).toBe(/\p{Cs}/u.test(given.projectDescription));
        expect(briefJob(brief)).toEqual(brief);
      }),
      { numRuns: 60 },
    );
  });
});

describe('JobRunner with a job of long texts', () => {
  let house: JobHouse;
  beforeEach(async () => {
    house = new JobHouse();
    await house.runner.open();
  });
  afterEach(async () => {
    const disposed = house.runner.dispose();
    await house.settle(5000);
    await disposed;
  });

  it('tells them whole to who asks for the job and to its executor, and cut to everyone else', async () => {
    const told: Job[] = [];
    house.events.subscribe('job:submitted', ({ job }) => told.push(job));
    house.events.subscribe('job:updated', ({ job }) => told.push(job));
    const submitted = await house.runner.submit(long);
    expect(submitted).toMatchObject(long);
    await house.settle();
    house.executor.task('a').finish();
    await house.settle(1000);
    expect(house.executor.task('b').task.job.projectDescription).toBe(submitted.projectDescription);
    told.push(...house.runner.recent(), ...(await house.runner.list()).jobs);
    await house.runner.cancel('job-1');
    await house.settle(1000);
    told.push(...house.runner.recent(), ...(await house.runner.list()).jobs);
    expect(told.length).toBeGreaterThan(7);
    for (const job of told) expect(textsOf(job)).toEqual(textsOf(briefJob(submitted)));
    expect(textsOf((await house.runner.get('job-1')).job)).toEqual(textsOf(submitted));
  });

  it('tells them cut after it was opened again, too', async () => {
    await house.runner.submit(long);
    await house.runner.cancel('job-1');
    await house.settle();
    const next = new JobHouse({ from: house });
    await next.runner.open();
    expect(next.runner.recent()[0]?.projectDescription).toHaveLength(1000);
    await next.runner.resume('job-1');
    await next.settle();
    expect(next.executor.begun).toEqual(['a#1']);
    expect((await next.job()).successCriteria).toHaveLength(150);
    const disposed = next.runner.dispose();
    await next.settle(5000);
    await disposed;
  });
});
