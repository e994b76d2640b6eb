import fc from 'fast-check';
import { dump } from 'js-yaml';
import { describe, expect, it } from 'vitest';
import { readYaml } from './yaml-worker.js';

const limits = { depth: 32, nodes: 1000 };
const read = (text: string) => readYaml(text, limits);
const valueOf = (text: string): unknown => {
  const answer = read(text);
  return 'value' in answer ? answer.value : answer;
};

describe('readYaml', () => {
  it('reads what a job looks like, with the line of each field', () => {
    const text = [
      'project_description: |',
      '  Print *hello* & !important "world"',
      'successCriteria: [a, "b"]',
      '',
      'tasks:',
      '  # the first one',
      '  - prompt: one',
      '    dependsOn: []',
      '  - {prompt: two, dependsOn: [task-1]}',
    ].join('\r\n');
    expect(read(text)).toEqual({
      value: {
        project_description: 'Print *hello* & !important "world"\n',
        successCriteria: ['a', 'b'],
        tasks: [
          { prompt: 'one', dependsOn: [] },
          { prompt: 'two', dependsOn: ['task-1'] },
        ],
      },
      lines: {
        ...{ project_description: 1, successCriteria: 3, 'successCriteria.0': 3, 'successCriteria.1': 3 },
        ...{ tasks: 5, 'tasks.0': 7, 'tasks.0.prompt': 7, 'tasks.0.dependsOn': 8 },
        ...{ 'tasks.1': 9, 'tasks.1.prompt': 9, 'tasks.1.dependsOn': 9, 'tasks.1.dependsOn.0': 9 },
      },
    });
  });

  it.each([
    ['no', 'no'],
    ['yes', 'yes'],
    ['on', 'on'],
    ['True', true],
    ['~', null],
    ['', null],
    ['012', 12],
    ['0o17', 15],
    ['0x1F', 31],
    ['1_000', '1_000'],
    ['190:20:30', '190:20:30'],
    ['2026-01-01', '2026-01-01'],
    ['.inf', Number.POSITIVE_INFINITY],
    ['.nan', Number.NaN],
    ['1e400', '1e400'],
    ['!', undefined],
    ['"5"', '5'],
    ['0.50', 0.5],
  ])('I55 reads %s by the core schema of YAML 1.2', (source, value) => {
    if (value === undefined) expect(read(`a: ${source} x`)).toMatchObject({ refusal: 'tag_not_allowed' });
    else expect(valueOf(`a: ${source}`)).toEqual({ a: value });
  });

  it.each([
    ['I52 a cycle', 'a: &a [*a]', 'alias_not_allowed', 1, 4],
    ['I52 an anchor', 'a:\n  - &x 1', 'alias_not_allowed', 2, 5],
    ['I52 an anchor of a map', 'a: &x\n  b: 1', 'alias_not_allowed', 1, 4],
    ['I52 an alias of nothing', 'a: 1\nb: *a', 'alias_not_allowed', 2, 4],
    ['I52 a merge key', 'b:\n  <<: {c: 1}', 'alias_not_allowed', 2, 3],
    ['I53 a function', 'a: !!js/function "x"', 'tag_not_allowed', 1, 4],
    ['I53 an object', 'a: !!python/object:os.system [x]', 'tag_not_allowed', 1, 4],
    ['I53 bytes', 'a: !!binary aGk=', 'tag_not_allowed', 1, 4],
    ['I53 a tag of its own', '- a\n- !mine {a: 1}', 'tag_not_allowed', 2, 3],
    ['I53 even a text', 'a: !!str 1', 'tag_not_allowed', 1, 4],
    ['I53 a directive', '%TAG ! tag:a,2000:\n---\na: 1', 'tag_not_allowed', 1, 1],
    ['I54 a key that is there twice', 'a: 1\n"a": 2', 'invalid_yaml', 2, 1],
    ['I54 two documents', '---\na: 1\n---\nb: 1', 'invalid_yaml', 2, 4],
    ['I54 tabs', 'a:\n\tb: 1', 'invalid_yaml', 2, 1],
    ['I54 NUL', 'a: \0', 'invalid_yaml', 1, 4],
    ['I54 what is no text', 'PK\x03\x04\x14\x00', 'invalid_yaml', 1, 6],
    ['I46 half of it', 'a: [1,\n', 'invalid_yaml', 2, 1],
    ['nothing', ' \n# only a comment\n', 'invalid_yaml', 1, 1],
    ['I44 __proto__', 'a:\n  __proto__: {admin: true}', 'invalid_yaml', 2, 3],
    ['I44 constructor', '{"constructor": {"prototype": 1}}', 'invalid_yaml', 1, 2],
    ['a key that is a list', '? [a]\n: 1', 'invalid_yaml', 1, 3],
    ['I47 a number that is not exact', 'a: 9007199254740993', 'out_of_range', 1, 4],
    ['I47 minus zero', 'a: [-0]', 'out_of_range', 1, 5],
    ['I51 33 lists', `${'['.repeat(33)}${']'.repeat(33)}`, 'yaml_too_deep', 1, 33],
    ['I51 20 000 lists', '['.repeat(20_000), 'yaml_too_deep', 1, 40],
    ['I51 too many values', `[${'1,'.repeat(1000)}]`, 'limit_exceeded', 1, 2000],
  ])('refuses %s', (_, text, refusal, line, column) => {
    expect(read(text)).toMatchObject({
      refusal,
      line,
      column,
      problem: expect.stringMatching(/\w{3,}/) as string,
    });
  });

  it('takes 32 lists in each other, and the marks of YAML in texts', () => {
    const text = `${'['.repeat(32)}x${']'.repeat(32)}`;
    expect(JSON.stringify(valueOf(text))).toBe(text.replace('x', '"x"'));
    const marks = {
      a: '*alias',
      b: '&anchor',
      c: '!tag',
      d: '<<',
      e: '- x: &y *z',
      f: '--- ',
      g: '{{constructor}} ${x}',
    };
    expect(valueOf(JSON.stringify(marks))).toEqual(marks);
    expect(valueOf('a: x *y &z !t <<\nb: |\n  *a\n  <<: *b\n')).toEqual({
      a: 'x *y &z !t <<',
      b: '*a\n<<: *b\n',
    });
  });

  it('reads back whatever is written as YAML, and JSON as it is', () => {
    const key = fc
      .string({ minLength: 1 })
      .filter((name) => !['__proto__', 'constructor', 'prototype', '<<'].includes(name));
    const scalar = fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null));
    const tree = fc.letrec((tie) => ({
      value: fc.oneof({ depthSize: 'small' }, scalar, fc.array(tie('value'), { maxLength: 4 }), tie('map')),
      map: fc.dictionary(key, tie('value'), { maxKeys: 4, noNullPrototype: true }),
    })).map;
    fc.assert(
      fc.property(tree, (value) => {
        expect(valueOf(dump(value, { noRefs: true }))).toEqual(value);
        if (!/[\x7f-\x9f\ufeff]/.test(JSON.stringify(value)))
          expect(valueOf(JSON.stringify(value))).toEqual(value);
      }),
      { numRuns: 300 },
    );
  });

  it('P-13 throws for no text at all', () => {
    const pieces = fc.constantFrom(
      ...[
        'a: ',
        '- ',
        '\n',
        '  ',
        '\t',
        '{',
        '}',
        '[',
        ']',
        ',',
        '&a ',
        '*a',
        '!!x ',
        '"',
        "'",
        '|\n',
        '>-\n',
      ],
      ...[
        '? ',
        ': ',
        '---\n',
        '...\n',
        '%YAML 1.2\n',
        '#',
        '\ufeff',
        '\0',
        '\ud800',
        '<<: ',
        '1e999',
        '.inf',
        '\r',
        'é',
      ],
    );
    const text = fc.oneof(
      fc.array(pieces, { maxLength: 40 }).map((list) => list.join('')),
      fc.string({ unit: 'binary' }),
    );
    fc.assert(
      fc.property(text, (source) => {
        const answer = read(source);
        if ('refusal' in answer) expect(answer.line).toBeLessThanOrEqual(source.split(/\r\n|\r|\n/).length);
      }),
      { numRuns: 2000 },
    );
  });
});
