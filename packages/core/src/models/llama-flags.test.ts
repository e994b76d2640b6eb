import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseLlamaCommand } from './llama-command.js';
import { allowedFlag, allowedFlags, checkFlags } from './llama-flags.js';

/** What a hostile or a mistaken person would like to add: keys, addresses, files, tools. */
const denied = [
  '--api-key',
  '--api-key-file',
  '--host',
  '--port',
  '--reuse-port',
  '--tools',
  '--agent',
  '--ui-mcp-proxy',
  '--mcp-servers-config',
  '--mcp-servers-json',
  '--media-path',
  '--slot-save-path',
  '--log-file',
  '--path',
  '--model',
  '-m',
  '--model-url',
  '-mu',
  '--hf-repo',
  '-hf',
  '--lora',
  '--mmproj',
  '--grammar-file',
  '--chat-template-file',
  '--ssl-key-file',
  '--rpc',
  '--props',
  '--webui-config-file',
  '--models-dir',
] as const;
const oursToSet = ['--api-key', '--api-key-file', '--host', '--port', '--model', '-m'];

describe('checkFlags', () => {
  it.each(denied)('F23 I50 refuses %s with a reason, in every form', (flag) => {
    for (const words of [[flag], [flag, 'x'], [`${flag}=x`], ['--jinja', flag, 'x'], [flag.toUpperCase()]]) {
      const problem = checkFlags(words).find((found) => found.flag.toLowerCase().startsWith(flag));
      expect(problem?.reason, words.join(' ')).toMatch(/^(The hub sets it|This flag is not on the list)/);
    }
  });

  it.each([
    [['--alias', '--host=0.0.0.0'], '--alias'],
    [['--alias', '-m'], '--alias'],
    [['--alias', '../../etc/passwd'], '--alias'],
    [['--alias', 'C:\\x'], '--alias'],
    [['--alias', 'x;rm -rf'], '--alias'],
    [['--alias', '$(id)'], '--alias'],
    [['--alias', 'x\n--host'], '--alias'],
    [['--alias', 'x\n'], '--alias'],
    [['--alias', ''], '--alias'],
    [['--alias'], '--alias'],
    [['--device', '/dev/sda'], '--device'],
    [['--chat-template', '{{ evil }}'], '--chat-template'],
    [['--temp', '-1'], '--temp'],
    [['--temp', '1e9'], '--temp'],
    [['--top-k', '99999999999'], '--top-k'],
    [['--predict', '-2'], '--predict'],
    [['--tensor-split', '3,'], '--tensor-split'],
    [['--cache-type-k', 'q9_9'], '--cache-type-k'],
  ])('I49 refuses the value in %j', (words, flag) => {
    expect(checkFlags(words)[0]?.flag).toBe(flag);
  });

  it.each([
    [[]],
    [['--jinja', '--flash-attn', 'on']],
    [['--reasoning-budget', '-1', '-n', '-1']],
    [['--tensor-split', '3,1', '-ctk', 'q8_0', '-ctv', 'q8_0']],
    [['--rope-scaling', 'yarn', '--rope-scale', '2.5', '--alias', 'my-model_1.5:q4']],
  ])('takes %j', (words) => {
    expect(checkFlags(words)).toEqual([]);
  });

  it('says which field a setting has, and refuses a word that is no flag', () => {
    expect(checkFlags(['-ngl', '99'])).toEqual([
      { flag: '-ngl', reason: 'It has a field of its own: nGpuLayers' },
      { flag: '99', reason: 'Expected a flag here' },
    ]);
  });

  it('shortens what it quotes', () => {
    const [problem] = checkFlags([`--${'x'.repeat(5000)}`]);
    expect(problem?.flag.length).toBeLessThan(50);
    expect(checkFlags(['--alias', ' '.repeat(5000)])[0]?.reason.length).toBeLessThan(100);
  });

  it('I49 I50 lets no word through that could be read as a denied flag, for any words', () => {
    const word = fc.oneof(
      { weight: 6, arbitrary: fc.constantFrom(...allowedFlags) },
      { weight: 3, arbitrary: fc.constantFrom(...denied, '-1', '-2', 'on', '4096', '1.5', 'layer', 'q8_0') },
      fc.constantFrom(...denied).map((flag) => `${flag}=x`),
      fc.string(),
      fc.string().map((text) => `-${text}`),
    );
    let passed = 0;
    fc.assert(
      fc.property(fc.array(word, { maxLength: 6 }), (words) => {
        if (checkFlags(words).length > 0) return;
        passed += 1;
        words.forEach((given, i) => {
          if (!given.startsWith('-')) return;
          const unlimited = given === '-1' && /^--(reasoning-budget|predict)$/.test(words[i - 1] ?? '');
          // A short spelling counts as the flag it stands for, such as `-cb`.
          const flag = allowedFlag(given)?.name ?? given;
          const isListed = allowedFlags.includes(flag) && !denied.some((each) => each === given);
          if (!unlimited && !isListed) expect.fail(`let ${given} through`);
        });
        if (words.some((given) => /[^\w.,:/+-]/.test(given))) expect.fail(`let ${words.join(' ')} through`);
      }),
      { numRuns: 100_000 },
    );
    expect(passed).toBeGreaterThan(1000);
  }, 30_000);
});

describe('allowedFlags', () => {
  it('I50 holds none that opens an address, a file, a key or a tool', () => {
    const dangerous =
      /key|host|port|path|file|url|tool|agent|mcp|ssl|lora|mmproj|hf-|rpc|props|models-dir|save/;
    expect(allowedFlags.filter((flag) => dangerous.test(flag))).toEqual([]);
    expect(allowedFlags.filter((flag) => (denied as readonly string[]).includes(flag))).toEqual([]);
  });
});

describe('parseLlamaCommand', () => {
  it('reads a command as it stands in a README', () => {
    const text = `./build/bin/llama-server -m models/qwen2.5-7b-instruct-q4_k_m.gguf \\
      -c 16384 --host 0.0.0.0 --port 8080 -ngl 35 -t 12 -b 2048 -np 4 --flash-attn on --jinja`;
    expect(parseLlamaCommand(text)).toEqual({
      settings: {
        ctxSize: 16_384,
        nGpuLayers: 35,
        nThreads: 12,
        batchSize: 2048,
        parallel: 4,
        extraFlags: ['--flash-attn', 'on', '--jinja'],
      },
      leftOut: [],
    });
  });

  it('lets a flag that was a switch once swallow no other flag', () => {
    const { settings, leftOut } = parseLlamaCommand('llama-server -m x.gguf -fa -ngl 20 -t -c 4096');
    expect(settings).toEqual({ nGpuLayers: 20, ctxSize: 4096 });
    expect(leftOut.map(({ flag }) => flag)).toEqual(['-fa', '-t']);
  });

  it('reads line ends of Windows, quotes, paths with spaces and `=` forms', () => {
    const text =
      '"C:\\Program Files\\llama\\llama-server.exe" --model="C:\\My Models\\a -c 1.gguf" \\\r\n' +
      `--ctx-size=4096 --threads='8' --cache-type-k=q8_0 --alias "my-model" --tensor-split '3,1'`;
    expect(parseLlamaCommand(text)).toEqual({
      settings: {
        ctxSize: 4096,
        nThreads: 8,
        extraFlags: ['--cache-type-k', 'q8_0', '--alias', 'my-model', '--tensor-split', '3,1'],
      },
      leftOut: [],
    });
  });

  it('brings short spellings into their long form', () => {
    expect(parseLlamaCommand('llama-server -fa auto -ub 256 -ctk f16 -nkvo -s 42').settings).toEqual({
      extraFlags: [
        ...['--flash-attn', 'auto', '--ubatch-size', '256', '--cache-type-k', 'f16'],
        ...['--no-kv-offload', '--seed', '42'],
      ],
    });
  });

  it.each([
    ['-ngl all', { nGpuLayers: 99 }],
    ['-ngl auto', { nGpuLayers: 99 }],
    ['--n-gpu-layers -1', { nGpuLayers: 99 }],
    ['--gpu-layers 0', { nGpuLayers: 0 }],
    ['-np -1', { parallel: 0 }],
    ['--sleep-idle-seconds -1', { sleepIdleSeconds: 0 }],
    ['--sleep-idle-seconds 300', { sleepIdleSeconds: 300 }],
    ['-c 0', { ctxSize: 0 }],
    ['-c 4096 -c 8192', { ctxSize: 8192 }],
    ['-c \\\n  4096', { ctxSize: 4096 }],
    ['-c \\\r\n4096', { ctxSize: 4096 }],
  ])('reads %s as %j', (text, settings) => {
    expect(parseLlamaCommand(`llama-server ${text}`)).toEqual({ settings, leftOut: [] });
  });

  it.each(['-c', '-c x', '-t -1', '-c 1.5', '-c 1e3', '-t ""'])('names what is no number: %s', (text) => {
    const [flag] = text.split(' ');
    expect(parseLlamaCommand(`llama-server ${text}`)).toEqual({
      settings: {},
      leftOut: [{ flag, reason: 'Expected a whole number after it' }],
    });
  });

  it('leaves a value out that its flag does not have, and says so', () => {
    expect(parseLlamaCommand('llama-server --cache-type-k q9 --jinja')).toEqual({
      settings: { extraFlags: ['--jinja'] },
      leftOut: [{ flag: '--cache-type-k', reason: 'Expected another value than `q9`' }],
    });
  });

  it.each(denied)(
    'I50 takes nothing of %s into the settings, and names it unless the hub sets it',
    (flag) => {
      const forms = flag.startsWith('--') ? [`${flag}=/secret/x`, `${flag}="/secret/x"`] : [];
      for (const text of [`${flag} /secret/x`, `${flag} '/secret/a b'`, flag, ...forms]) {
        const { settings, leftOut } = parseLlamaCommand(`llama-server ${text} --jinja`);
        expect(settings).toEqual({ extraFlags: ['--jinja'] });
        const named = { flag, reason: 'This flag is not on the list of allowed flags' };
        expect(leftOut).toEqual(oursToSet.includes(flag) ? [] : [named]);
        expect(JSON.stringify({ settings, leftOut })).not.toContain('secret');
      }
    },
  );

  it('gives flags that pass the check, for any text, and is quick with a long one', () => {
    const piece = fc.oneof(
      fc.constantFrom(
        ...allowedFlags,
        ...denied,
        '-ngl',
        '-c',
        '"',
        "'",
        '\\\n',
        '=',
        '-1',
        '8',
        'on',
        '$(id)',
      ),
      fc.string(),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), fc.constantFrom(' ', '', '='), (pieces, between) => {
        const { settings } = parseLlamaCommand(pieces.join(between));
        expect(checkFlags(settings.extraFlags ?? [])).toEqual([]);
      }),
      { numRuns: 20_000 },
    );
    const began = performance.now();
    parseLlamaCommand(`llama-server ${`'"`.repeat(500_000)}`);
    parseLlamaCommand(`llama-server ${'a'.repeat(1_000_000)}`);
    expect(performance.now() - began).toBeLessThan(1000);
  }, 30_000);
});
