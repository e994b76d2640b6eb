import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ClientError } from './client-error.js';
import { snapshotAt } from './fake-hub.fixture.js';
import { placeOf, readFrame, readSnapshot } from './hub-frames.js';

const names = [
  'snapshot',
  'models:scanned',
  'model:state-changed',
  'model:updated',
  'models:sampled',
  'job:submitted',
  'job:updated',
  'job:removed',
  'telemetry:recorded',
];

describe('readFrame', () => {
  it('ignores events of a newer hub without looking at them', () => {
    expect(readFrame({ id: 'e-1', event: 'jobs:exploded', data: 'not JSON' })).toEqual({ kind: 'ignored' });
  });

  it.each(names)('refuses a broken %s as a protocol error that may be retried', (event) => {
    for (const data of [
      '',
      '{',
      'null',
      '[]',
      '7',
      '{}',
      '{"model":null}',
      '{"model":{}}',
      '{"tick":"1","at":"","samples":[]}',
    ]) {
      const read = () => readFrame({ id: 'e-1', event, data });
      expect(read, data).toThrow(ClientError);
      expect(read, data).toThrow(expect.objectContaining({ code: 'protocol', retryable: true }));
    }
  });

  it('throws nothing but protocol errors for any JSON', () => {
    fc.assert(
      fc.property(fc.constantFrom(...names), fc.json(), (event, data) => {
        try {
          readFrame({ id: 'e-1', event, data });
        } catch (error) {
          expect(error).toMatchObject({ name: 'ClientError', code: 'protocol' });
        }
      }),
      { numRuns: 2000 },
    );
  });
});

describe('readSnapshot', () => {
  it('takes a snapshot as it is', () => {
    expect(readSnapshot(snapshotAt(3))).toEqual(snapshotAt(3));
  });

  it('takes one of a hub that knows no jobs as without any', () => {
    const old = { ...snapshotAt(3), jobs: undefined, telemetry: undefined };
    expect(readSnapshot(old)).toEqual(snapshotAt(3));
  });

  it.each([{ jobs: {} }, { jobs: [{ jobId: 'a' }] }, { telemetry: [{}] }, { telemetry: null }])(
    'refuses one with %j',
    (facts) => {
      expect(() => readSnapshot({ ...snapshotAt(1), ...facts })).toThrow(ClientError);
    },
  );

  it.each(['models', 'rejected', 'metrics', 'lastEventId', 'tick'])('refuses one without %s', (field) => {
    expect(() => readSnapshot({ ...snapshotAt(1), [field]: undefined })).toThrow(ClientError);
  });
});

describe('placeOf', () => {
  it('reads epoch and number', () => {
    expect(placeOf('a1b2-42')).toEqual({ epoch: 'a1b2', seq: 42 });
  });

  it.each(['', '42', '-42', 'a-', 'a-b', 'a-1-2', 'a-1.5', 'a--1', ' a-1\n2'])(
    'knows no place in %j',
    (id) => {
      expect(placeOf(id)).toBeUndefined();
    },
  );
});
