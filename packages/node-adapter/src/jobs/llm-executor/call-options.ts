/** Bounds of what is asked of models. */
export interface CallLimits {
  /** Tokens of a task's answer. Default: 4096. */
  readonly maxOutputTokens: number;
  /** Tokens of a plan. Default: 2048. */
  readonly planTokens: number;
  /** Tokens of a judgement. Default: 512. */
  readonly judgeTokens: number;
  /** Tasks of a plan. Default: 8. */
  readonly maxTasks: number;
  /** Characters of a prompt; fewer where the model holds less. Default: 48 000. */
  readonly promptChars: number;
  /** Seconds that a call may take. Default: 1800. */
  readonly callTimeoutS: number;
  /** Seconds in which a server may say nothing. Default: 300. */
  readonly silenceS: number;
  /** Bytes of an answer with all that is around it. Default: 16 MiB. */
  readonly answerBytes: number;
}

/** The defaults of {@link CallLimits}. */
export const defaultCallLimits: CallLimits = {
  maxOutputTokens: 4096,
  planTokens: 2048,
  judgeTokens: 512,
  maxTasks: 8,
  promptChars: 48_000,
  callTimeoutS: 1800,
  silenceS: 300,
  answerBytes: 16 * 1024 * 1024,
};

/** Times that a call is tried, at one server or another. */
export const callTries = 3;

/** Milliseconds before a server is tried that failed before: the first time, doubling, and the most. */
export const callPauseMs = { first: 500, most: 10_000 } as const;
