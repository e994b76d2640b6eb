import { describe, expect, it } from 'vitest';
import { LlamaLog } from './llama-log.js';

const read = (...lines: string[]): LlamaLog => {
  const log = new LlamaLog();
  for (const line of lines) log.read(line);
  return log;
};
const listening = '0.01.000.000 I srv  llama_server: listening on http://127.0.0.1:8100';

describe('LlamaLog', () => {
  it('knows nothing of requests until it has seen the line that it knows', () => {
    expect(read('slot launch_slot_: id  0 | task 1 | processing task').tally()).toBeNull();
    expect(read(listening).tally()).toEqual({ requestCount: 0, errorCount: 0, totalResponseTimeMs: 0 });
  });

  it('counts requests, errors and the time of finished requests', () => {
    const log = read(
      listening,
      'slot launch_slot_: id  0 | task 1 | processing task, is_child = 0',
      'slot print_timing: id  0 | task 1 |        total time =      12.50 ms /    10 tokens',
      'slot launch_slot_: id  0 | task 2 | processing task, is_child = 0',
      'slot print_timing: id  0 | task 2 |        total time =       7.50 ms /    10 tokens',
      'srv    operator(): got exception: {"error":{"code":400}}',
    );
    expect(log.tally()).toEqual({ requestCount: 2, errorCount: 1, totalResponseTimeMs: 20 });
  });

  it('takes nothing that a caller sent for the reason of a failure', () => {
    const quoted = `srv operator(): got exception: {"message":"parse error near 'out of memory'"}`;
    expect(read(listening, quoted).failure).toBeUndefined();
  });

  it.each([
    [`gguf_init_from_reader: invalid magic characters: 'hell', expected 'GGUF'`, 'model_unreadable'],
    [
      'llama_model_load: error: tensor data is not within the file bounds, model is corrupted or incomplete',
      'model_unreadable',
    ],
    ['ggml_backend_cuda_buffer_type_alloc_buffer: cudaMalloc failed: out of memory', 'out_of_memory'],
    [`srv start: couldn't bind HTTP server socket, hostname: 127.0.0.1, port: 8100`, 'port_in_use'],
    ['error: invalid argument: --x', 'bad_args'],
  ])('understands %s', (line, code) => {
    expect(read('srv load_model: loading', line, 'srv exiting').failure).toEqual({ code, line });
  });

  it('explains nothing by ordinary lines', () => {
    expect(read(listening, 'srv load_model: done').failure).toBeUndefined();
  });
});
