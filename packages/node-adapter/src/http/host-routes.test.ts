import { type AgentReport, CorralError, type Hub } from '@corral/core';
import { SimulatedClock } from '@corral/core/testing';
import { agentReportSchema, errorSchema } from '@corral/core/wire';
import fc from 'fast-check';
import { Hono } from 'hono';
import { describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { endpoint, model, reading, report } from '../agent/agent-report.fixture.js';
import { hostRoutes } from './host-routes.js';
import { thrownResponse } from './http-errors.js';
import { readBody } from './request-body.js';
import type { RouteEnv } from './route-env.js';

/** The route over a hub that writes down what it is told. */
function make() {
  const clock = new SimulatedClock();
  const taken: { readonly hostId: string; readonly report: AgentReport }[] = [];
  const lastSeqs = new Map<string, number>();
  const hub = {
    llmRegistry: {
      report: (hostId: string, said: AgentReport): void => {
        const lastSeq = lastSeqs.get(hostId) ?? -1;
        if (said.seq <= lastSeq)
          throw new CorralError('replayed', 'This report is older than the last one', {
            details: { lastSeq },
          });
        lastSeqs.set(hostId, said.seq);
        taken.push({ hostId, report: said });
      },
    },
  } as unknown as Hub;
  const app = new Hono<RouteEnv>();
  app.use(async (c, next) => {
    const body = await readBody(c.req.raw, { yaml: false, exact: false });
    if ('refusal' in body) return body.refusal;
    if ('value' in body) c.set('body', body.value);
    return next();
  });
  app.route('/', hostRoutes(hub, clock));
  app.onError((error) => thrownResponse(error));
  const push = async (body: unknown, hostId = 'gpu-box'): Promise<Response> =>
    app.request(`/api/hosts/${hostId}/report`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
  return { clock, taken, push };
}

async function errorOf(response: Response) {
  const { error } = z.parse(errorSchema, await response.json());
  const { fields = {} } = (error.details ?? {}) as { fields?: Record<string, string> };
  return { status: response.status, code: error.code, fields: Object.keys(fields), details: error.details };
}

const gpu = reading.gpus[0]!;
const resources = (facts: object) => ({ ...report(), resources: { ...reading, ...facts } });
const manyGpus = Array.from({ length: 10_000 }, (_, index) => ({ ...gpu, index }));

describe('POST /api/hosts/:id/report', () => {
  it('takes a report, whole, for the host of the path', async () => {
    const { push, taken } = make();
    const answer = await push(report());
    expect([answer.status, await answer.text()]).toEqual([204, '']);
    expect(taken).toEqual([{ hostId: 'gpu-box', report: report() }]);
  });

  it('takes a report of which everything is unknown', async () => {
    const { push } = make();
    const unknown = Object.fromEntries(Object.keys(reading).map((name) => [name, null]));
    const kept = { ramLimit: 'host', memoryKind: 'discrete', gpus: [] };
    const answer = await push({ ...resources({ ...unknown, ...kept }), system: null, endpoints: [] });
    expect(answer.status).toBe(204);
  });

  it.each([
    ['negative memory', resources({ ramUsed: -1 }), 'resources.ramUsed'],
    ['half a byte', resources({ ramUsed: 0.5 }), 'resources.ramUsed'],
    ['more in use than there is', resources({ ramUsed: 65e9 }), 'resources.ramUsed'],
    ['more graphics memory in use than there is', resources({ vramUsed: 25e9 }), 'resources.vramUsed'],
    [
      'a card with more in use than it has',
      resources({ gpus: [gpu, { ...gpu, index: 1, vramUsed: 25e9 }] }),
      'resources.gpus.1.vramUsed',
    ],
    ['a card twice', resources({ gpus: [gpu, gpu] }), 'resources.gpus.1.index'],
    ['a text for a number', resources({ cpuPercent: '12' }), 'resources.cpuPercent'],
    ['NaN as text', resources({ cpuPercent: 'NaN' }), 'resources.cpuPercent'],
    ['a number beyond all', JSON.stringify(report()).replace('12.5', '1e999'), 'resources.cpuPercent'],
    ['more than all of a processor', resources({ cpuPercent: 100.1 }), 'resources.cpuPercent'],
    [
      'more than all of a card',
      resources({ gpus: [{ ...gpu, utilizationPercent: 101 }] }),
      'resources.gpus.0.utilizationPercent',
    ],
    ['65 cards', resources({ gpus: manyGpus.slice(0, 65) }), 'resources.gpus'],
    [
      '65 servers',
      report({ endpoints: Array.from({ length: 65 }, (_, i) => endpoint({ port: 2000 + i, models: [] })) }),
      'endpoints',
    ],
    [
      '257 models',
      report({ endpoints: [endpoint({ models: Array.from({ length: 257 }, (_, i) => model(`${i}`)) })] }),
      'endpoints.0.models',
    ],
    ['a server twice', report({ endpoints: [endpoint(), endpoint()] }), 'endpoints.1.port'],
    [
      'a model twice',
      report({ endpoints: [endpoint({ models: [model('a'), model('a')] })] }),
      'endpoints.0.models.1.name',
    ],
    ['port 0', report({ endpoints: [endpoint({ port: 0 })] }), 'endpoints.0.port'],
    ['a long name', report({ name: 'n'.repeat(129) }), 'name'],
    ['a name that is long in NFC', report({ name: '\ufb2c'.repeat(64) }), 'name'],
    ['no name', report({ name: '' }), 'name'],
    ['a name with an escape sequence', report({ name: 'a\u001b[31m' }), 'name'],
    ['a name with a newline', report({ name: 'a\nb' }), 'name'],
    ['a name that turns the text', report({ name: 'a\u202eb' }), 'name'],
    ['a name with half a character', report({ name: 'a\ud83d' }), 'name'],
    [
      'a model with an escape',
      report({ endpoints: [endpoint({ models: [model('\u0007')] })] }),
      'endpoints.0.models.0.name',
    ],
    ['a name for an address', report({ addresses: ['gpu-box.lan'] }), 'addresses.0'],
    ['an address with a zone', report({ addresses: ['fe80::1%eth0'] }), 'addresses.0'],
    ['the loopback of everyone', report({ addresses: ['10.0.0.1', '127.0.0.1'] }), 'addresses.1'],
    ['the loopback of everyone in IPv6', report({ addresses: ['::1'] }), 'addresses.0'],
    ['the loopback of everyone in disguise', report({ addresses: ['::ffff:127.0.0.1'] }), 'addresses.0'],
    ['33 addresses', report({ addresses: Array.from({ length: 33 }, (_, i) => `10.0.0.${i}`) }), 'addresses'],
    ['a number below zero', { ...report(), seq: -1 }, 'seq'],
    ['a time that is none', { ...report(), at: 'yesterday' }, 'at'],
    ['an interval of a day', { ...report(), intervalMs: 86_400_000 }, 'intervalMs'],
  ])('I60 refuses %s with 422 and names the field', async (_, body, field) => {
    const { push, taken } = make();
    const { status, fields } = await errorOf(await push(body));
    expect([status, fields]).toEqual([422, [field]]);
    expect(taken).toEqual([]);
  });

  it('F59 I60 refuses ten thousand cards and a name of a megabyte before it reads them', async () => {
    const { push, taken } = make();
    for (const body of [resources({ gpus: manyGpus }), report({ name: 'n'.repeat(1e6) })])
      expect(await errorOf(await push(body))).toMatchObject({ status: 413, code: 'payload_too_large' });
    expect(taken).toEqual([]);
  });

  it('names every field that is wrong, at once', async () => {
    const { push } = make();
    const { fields } = await errorOf(
      await push({ ...resources({ ramUsed: 65e9, vramUsed: 25e9 }), addresses: ['0.0.0.0'] }),
    );
    expect(fields).toEqual(['resources.ramUsed', 'resources.vramUsed', 'addresses.0']);
  });

  it('refuses a field that it does not know, by name', async () => {
    const { push } = make();
    const answer = await errorOf(await push({ ...report(), hostId: 'other' }));
    expect(answer).toMatchObject({ status: 400, code: 'unknown_field', fields: ['hostId'] });
  });

  it.each(['Gpu-Box', '-a', '.a', 'a b', 'ä', 'a'.repeat(64), 'a%2Fb'])(
    'I60 takes no host %s',
    async (hostId) => {
      const { push, taken } = make();
      expect(await errorOf(await push(report(), hostId))).toMatchObject({ status: 422, fields: ['id'] });
      expect(taken).toEqual([]);
    },
  );

  it('F59 answers 429 above two reports a second, for each host alone, and takes them again after the wait', async () => {
    const { push, clock, taken } = make();
    let seq = 1;
    const statuses = async (count: number, hostId?: string): Promise<number[]> => {
      const answers: number[] = [];
      for (let i = 0; i < count; i++) answers.push((await push(report({ seq: seq++ }), hostId)).status);
      return answers;
    };
    expect(await statuses(6)).toEqual([204, 204, 204, 204, 204, 429]);
    const refused = await push('{}');
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '2']);
    expect(await statuses(1, 'other')).toEqual([204]);
    await clock.advance(2000);
    expect(await statuses(1)).toEqual([204]);
    expect(taken.length).toBe(7);
  });

  it('F59 refuses nothing of an agent that reports twice a second and is never quite on time', async () => {
    const { push, clock } = make();
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: -60, max: 60 }), { maxLength: 30 }), async (lateMs) => {
        const startMs = clock.now();
        for (const [i, late] of lateMs.entries()) {
          await clock.advance(startMs + (i + 1) * 500 + late - clock.now());
          const answer = await push(report({ seq: clock.now() }), `host-${startMs}`);
          expect(answer.status).toBe(204);
        }
        await clock.advance(5000);
      }),
      { numRuns: 20 },
    );
  });

  it('I60 refuses a replayed report with the last number that it took', async () => {
    const { push, taken } = make();
    await push(report({ seq: 7 }));
    for (const seq of [7, 6])
      expect(await errorOf(await push(report({ seq })))).toMatchObject({
        status: 409,
        code: 'replayed',
        details: { lastSeq: 7 },
      });
    expect(taken.length).toBe(1);
  });

  it('F59 I60 takes a report whose clock is an hour off', async () => {
    const { push } = make();
    expect((await push(report({ at: '2126-01-01T00:00:00.000Z' }))).status).toBe(204);
  });

  it.each(['<img src=x onerror=alert(1)>', 'javascript:alert(1)', "=cmd|' /C calc'!A0"])(
    'I61 keeps the name %s as the text that it is',
    async (name) => {
      const { push, taken } = make();
      expect((await push(report({ name }))).status).toBe(204);
      expect(taken[0]?.report.name).toBe(name);
    },
  );

  it('I61 keeps names in one form of every character', async () => {
    const { push, taken } = make();
    await push(report({ name: 'Cafe\u0301' }));
    expect(taken[0]?.report.name).toBe('Caf\u00e9');
  });

  it('answers any JSON with a refusal or takes it, and never fails', async () => {
    const { push, clock } = make();
    await fc.assert(
      fc.asyncProperty(fc.json(), async (body) => {
        await clock.advance(1000);
        expect([400, 415, 422]).toContain((await push(body)).status);
      }),
    );
  });

  it('is the schema of what the type promises', () => {
    const parsed: AgentReport = z.parse(agentReportSchema, report());
    expect(parsed).toEqual(report());
  });
});
