import { describe, expect, it } from 'vitest';
import { modelIdOf } from './model-id.js';

describe('modelIdOf', () => {
  it.each([
    'Llama 3.1 (8B).gguf',
    '../../etc/passwd',
    '-m',
    '--host=0.0.0.0',
    'x;rm -rf',
    '$(id)',
    '__proto__',
    '🐎.gguf',
    '\ud800.gguf',
    'a'.repeat(300),
    '\u202e.gguf',
  ])('I49 makes a harmless id of %s', (name) => {
    expect(modelIdOf(name)).toMatch(/^[a-z0-9][a-z0-9-]{0,59}-[0-9a-f]{8}$/);
  });

  it('tells names apart that look alike, but not two spellings of one letter', () => {
    expect(modelIdOf('a b.gguf')).not.toBe(modelIdOf('a-b.gguf'));
    expect(modelIdOf('pr\u00e4rie.gguf')).toBe(modelIdOf('pra\u0308rie.gguf'));
  });

  it('is what it was in earlier versions, or all choices of people would be lost', () => {
    expect(modelIdOf('meadow-2m.gguf')).toBe('meadow-2m-db02ae6c');
    expect(modelIdOf('x/Model.gguf')).toBe('x-model-1c00d97c');
  });
});
