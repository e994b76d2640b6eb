import { CorralError, type CorralErrorCode } from '../errors.js';

/** What can be wrong with a job, the gravest first: the first one that there is becomes the code of the error. */
const problemCodes = [
  'invalid_job',
  'out_of_range',
  'limit_exceeded',
  'duplicate_task_id',
  'invalid_id',
] as const satisfies readonly CorralErrorCode[];

/** One of what can be wrong. */
export type ProblemCode = (typeof problemCodes)[number];

/** Problems that are told; more help nobody. */
const mostTold = 50;

/** Gathers what is wrong with a request, by field. */
export class RequestProblems {
  readonly #fields = new Map<string, string>();
  readonly #codes = new Set<ProblemCode>();

  /** Whether nothing is wrong so far. */
  get isEmpty(): boolean {
    return this.#codes.size === 0;
  }

  /** The first problem of a field is the one that is told. */
  add(field: string, code: ProblemCode, message: string): void {
    this.#codes.add(code);
    if (this.#fields.size < mostTold && !this.#fields.has(field)) this.#fields.set(field, message);
  }

  /** @throws CorralError with the gravest code and `details.fields`, when something is wrong */
  throwIfAny(): void {
    const code = problemCodes.find((candidate) => this.#codes.has(candidate));
    if (!code) return;
    const [field, message] = [...this.#fields][0] ?? ['', 'Expected a job'];
    const fields = Object.fromEntries(this.#fields);
    throw new CorralError(code, field === '' ? message : `${field}: ${message}`, { details: { fields } });
  }
}
