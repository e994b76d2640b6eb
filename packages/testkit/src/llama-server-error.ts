/**
 * Why no usable llama-server could be had.
 *
 * - `missing`: there is none here and this platform has no automatic way to fetch one.
 * - `broken`: the one the caller named does not run.
 * - `fetch_failed`: Debian's packages could not be fetched, unpacked or started.
 */
export type LlamaServerErrorCode = 'missing' | 'broken' | 'fetch_failed';

/** Every expected failure of {@link findLlamaServer}. */
export class LlamaServerError extends Error {
  override readonly name: string = 'LlamaServerError';
  readonly code: LlamaServerErrorCode;

  constructor(code: LlamaServerErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

const ADVICE: Partial<Record<NodeJS.Platform, string>> = {
  darwin: 'install it with "brew install llama.cpp"',
  win32: 'install it with "winget install llama.cpp"',
};

/** Says in one line how to get llama.cpp on the platform at hand. Its code is always `missing`. */
export class LlamaServerMissingError extends LlamaServerError {
  override readonly name = 'LlamaServerMissingError';

  constructor(platform: NodeJS.Platform = process.platform) {
    const advice =
      ADVICE[platform] ?? 'download a build from the releases page of ggml-org/llama.cpp on GitHub';
    super(
      'missing',
      `No llama-server was found: ${advice}, then put it on PATH or set LLAMA_SERVER to its path.`,
    );
  }
}
