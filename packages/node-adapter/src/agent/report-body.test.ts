import type { AgentReport } from '@corral/core';
import { agentReportSchema } from '@corral/core/wire';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { endpoint, model, reading, report } from './agent-report.fixture.js';
import { fitReport } from './report-body.js';

const bytesOf = (value: AgentReport): number => Buffer.byteLength(JSON.stringify(value));
const servers = (count: number, modelsEach: number, nameLength = 10) =>
  Array.from({ length: count }, (_, i) =>
    endpoint({
      port: 2000 + i,
      models: Array.from({ length: modelsEach }, (_name, j) => model(`${j}`.padStart(nameLength, 'm'))),
    }),
  );
const shape = ({ endpoints }: AgentReport): number[] => endpoints.map(({ models }) => models.length);

describe('fitReport', () => {
  it('leaves a report as it is that fits', () => {
    expect(fitReport(report())).toEqual({ report: report(), leftOut: { endpoints: 0, models: 0 } });
  });

  it('leaves out models before servers, the same number of each, and fills what a hub takes', () => {
    const { report: fitted, leftOut } = fitReport(report({ endpoints: servers(8, 256) }));
    const [most = 0] = shape(fitted);
    expect(shape(fitted)).toEqual(Array.from({ length: 8 }, () => most));
    expect(leftOut).toEqual({ endpoints: 0, models: 8 * (256 - most) });
    const next = { ...fitted, endpoints: servers(8, most + 1) };
    expect(bytesOf(fitted)).toBeLessThanOrEqual(65_536);
    expect(bytesOf(next)).toBeGreaterThan(65_536);
  });

  it('leaves out the models that are not loaded first', () => {
    const models = Array.from({ length: 300 }, (_, i) => model(`m${i}`, i >= 298 ? 'ready' : 'unloaded'));
    const { report: fitted, leftOut } = fitReport(report({ endpoints: [endpoint({ models })] }));
    expect(fitted.endpoints[0]?.models.slice(0, 3).map(({ name }) => name)).toEqual(['m298', 'm299', 'm0']);
    expect(leftOut).toEqual({ endpoints: 0, models: 44 });
  });

  it('leaves out servers from the end when they alone are too many', () => {
    const { report: fitted, leftOut } = fitReport(report({ endpoints: servers(70, 0) }));
    expect([fitted.endpoints.length, leftOut.endpoints]).toEqual([64, 6]);
    expect(fitted.endpoints[63]?.port).toBe(2063);
  });

  it('does not say what contradicts itself', () => {
    const [card] = reading.gpus;
    const gpus = [{ ...card!, vramUsed: 25e9 }];
    const { report: fitted } = fitReport(
      report({ resources: { ...reading, ramUsed: 65e9, vramUsed: 25e9, gpus } }),
    );
    expect(fitted.resources).toMatchObject({
      ramUsed: null,
      ramTotal: 64e9,
      vramUsed: null,
      vramTotal: 24e9,
    });
    expect(fitted.resources.gpus).toMatchObject([{ vramUsed: null, vramTotal: 24e9 }]);
  });

  it('I61 spells out what a hub would refuse in a name', () => {
    const names = ['a\u001b[31m', 'b\u202e', '', 'c\ud83d', 'd', 'd', 'e\u061c'];
    const models = names.map((name) => model(name));
    const { report: fitted } = fitReport(
      report({ name: '\u0000'.repeat(200), endpoints: [endpoint({ name: '', models })] }),
    );
    const sent = fitted.endpoints[0]?.models.map(({ name }) => name);
    expect(sent).toEqual(['a\\u{1b}[31m', 'b\\u{202e}', 'c\ufffd', 'd', 'e']);
    expect(fitted.endpoints[0]?.name).toBe('?');
    expect(agentReportSchema.safeParse(fitted).error).toBeUndefined();
  });

  it('cuts names as long as a hub finds them', () => {
    // One character that is three in Unicode's form NFC.
    const { report: fitted } = fitReport(report({ name: '\ufb2c'.repeat(64) }));
    expect(fitted.name).toBe('\ufb2c'.normalize('NFC').repeat(43).slice(0, 128));
  });

  it('makes a report that a hub takes out of whatever servers say', () => {
    const name = fc.string({ unit: 'binary', maxLength: 140 });
    const anyServer = fc.record({ name, models: fc.array(name, { maxLength: 60 }) });
    fc.assert(
      fc.property(fc.array(anyServer, { maxLength: 80 }), name, (all, hostName) => {
        const endpoints = all.map((each, i) =>
          endpoint({ port: 2000 + i, name: each.name, models: each.models.map((text) => model(text)) }),
        );
        const { report: fitted } = fitReport(report({ name: hostName, endpoints }));
        expect(bytesOf(fitted)).toBeLessThanOrEqual(65_536);
        expect(agentReportSchema.safeParse(fitted).error).toBeUndefined();
      }),
      { numRuns: 15 },
    );
  });
});
