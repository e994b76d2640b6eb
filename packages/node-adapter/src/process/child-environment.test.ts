import { describe, expect, it } from 'vitest';
import { childEnvironment } from './child-environment.js';

const marks = { nonce: 'n0nce', hubId: 'h' };

describe('I50b childEnvironment', () => {
  it('passes on what a server needs and nothing else', () => {
    const ours = {
      PATH: '/bin',
      HOME: '/root',
      LANG: 'C.UTF-8',
      CUDA_VISIBLE_DEVICES: '0',
      LLAMA_ARG_TOOLS: 'all',
      LLAMA_ARG_HOST: '0.0.0.0',
      LLAMA_API_KEY: 'x',
      LD_PRELOAD: '/evil.so',
      LD_LIBRARY_PATH: '/evil',
      OPENAI_API_KEY: 'sk-x',
      HF_TOKEN: 'hf_x',
      NODE_OPTIONS: '--require /evil.js',
      XPATH: 'no',
      PATH_: 'no',
      UNSET: undefined,
    };
    expect(childEnvironment(ours, marks)).toEqual({
      PATH: '/bin',
      HOME: '/root',
      LANG: 'C.UTF-8',
      CUDA_VISIBLE_DEVICES: '0',
      CORRAL_SERVER_NONCE: 'n0nce',
      CORRAL_HUB_ID: 'h',
    });
  });

  it('adds what the caller adds, but never lets it forge the marks', () => {
    const environment = childEnvironment({}, marks, {
      LD_LIBRARY_PATH: '/opt',
      CORRAL_SERVER_NONCE: 'forged',
      CORRAL_HUB_ID: 'forged',
    });
    expect(environment).toEqual({
      LD_LIBRARY_PATH: '/opt',
      CORRAL_SERVER_NONCE: 'n0nce',
      CORRAL_HUB_ID: 'h',
    });
  });
});
