import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  defaultModelSettings,
  effectiveSettings,
  numericSettings,
  sameSettings,
  settingLimits,
  settingsProblems,
} from './model-settings.js';

describe('settingsProblems', () => {
  it('finds nothing wrong with the defaults, the limits themselves, and nothing at all', () => {
    expect(settingsProblems({ ...defaultModelSettings })).toEqual({});
    expect(settingsProblems({})).toEqual({});
    for (const name of numericSettings) {
      const { least, most } = settingLimits[name];
      expect([settingsProblems({ [name]: least }), settingsProblems({ [name]: most })]).toEqual([{}, {}]);
    }
  });

  it.each(numericSettings)('refuses %s outside of its limits and what is no whole number', (name) => {
    const { least, most } = settingLimits[name];
    const wrong = [
      least - 1,
      most + 1,
      least + 0.5,
      -0,
      Number.NaN,
      Infinity,
      String(least),
      null,
      [least],
      {},
    ];
    for (const value of wrong) {
      expect(settingsProblems({ [name]: value }), String(value)).toEqual({
        [name]: `Expected a whole number from ${least} to ${most}`,
      });
    }
  });

  it.each(['ctxsize', 'path', 'toString', '__proto__', 'constructor'])('knows no setting %s', (name) => {
    const given = JSON.parse(`{"${name}": 1}`) as Record<string, unknown>;
    expect(Object.entries(settingsProblems(given))).toEqual(
      name === '__proto__' ? [] : [[name, 'There is no such setting']],
    );
    if (name === '__proto__') expect(Object.keys(settingsProblems({ ...given, x: 1 }))).toContain('x');
  });

  it('I50 says which flag is not taken and why', () => {
    expect(settingsProblems({ extraFlags: ['--jinja', '--api-key', 'x'] })).toEqual({
      extraFlags: '--api-key: The hub sets it',
    });
    expect(settingsProblems({ extraFlags: ['-ngl', '4'] })).toEqual({
      extraFlags: '-ngl: It has a field of its own: nGpuLayers',
    });
  });

  it.each([['--jinja'], [null], ['--jinja', 1], Array<string>(65).fill('--jinja')].map((value) => [value]))(
    'takes at most 64 words: %#',
    (value) => {
      const given = value.length === 1 && value[0] === '--jinja' ? '--jinja' : value;
      expect(settingsProblems({ extraFlags: given })).toEqual({ extraFlags: 'Expected at most 64 words' });
    },
  );
});

describe('effectiveSettings', () => {
  it('lets what is overridden beat the defaults, also with 0 and with no flags', () => {
    const defaults = { ...defaultModelSettings, extraFlags: ['--jinja'] };
    expect(effectiveSettings(defaults, { nGpuLayers: 0, extraFlags: [] })).toEqual({
      ...defaults,
      nGpuLayers: 0,
      extraFlags: [],
    });
    expect(effectiveSettings(defaults, {})).toEqual(defaults);
  });
});

describe('sameSettings', () => {
  it('tells settings apart by every field and by the order of their flags', () => {
    const base = { ...defaultModelSettings, extraFlags: ['--jinja', '--mlock'] };
    expect(sameSettings(base, { ...base, extraFlags: ['--jinja', '--mlock'] })).toBe(true);
    for (const name of numericSettings) expect(sameSettings(base, { ...base, [name]: 7 })).toBe(false);
    for (const extraFlags of [['--mlock', '--jinja'], ['--jinja'], [], ['--jinja', '--mlock', '--no-mmap']])
      expect(sameSettings(base, { ...base, extraFlags })).toBe(false);
  });

  it('says that only equal settings are the same, for any two', () => {
    const small = fc.constantFrom(0, 1);
    const settings = fc.record({
      ...{ nGpuLayers: small, ctxSize: small, nThreads: small, batchSize: small, parallel: small },
      sleepIdleSeconds: small,
      extraFlags: fc.array(fc.constantFrom('--jinja', '--mlock'), { maxLength: 2 }),
    });
    fc.assert(
      fc.property(settings, settings, (a, b) => {
        if (sameSettings(a, a) !== true) expect.fail('not the same as itself');
        const equal =
          numericSettings.every((name) => a[name] === b[name]) && `${a.extraFlags}` === `${b.extraFlags}`;
        if (sameSettings(a, b) !== equal) expect.fail(`${JSON.stringify(a)} and ${JSON.stringify(b)}`);
      }),
      { numRuns: 10_000 },
    );
  });
});
