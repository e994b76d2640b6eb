/**
 * The variables of our own environment that a child may see. Everything else stays here: `LLAMA_ARG_*` would change
 * what we start, `LD_PRELOAD` what runs in it, and tokens are nobody's business.
 */
const passedOn: readonly RegExp[] = [
  /^(PATH|HOME|LANG|LC_ALL|LC_CTYPE|TMPDIR|SYSTEMROOT|WINDIR|USERPROFILE|TEMP|TMP)$/,
  /^(CUDA_VISIBLE_DEVICES|CUDA_DEVICE_ORDER|NVIDIA_VISIBLE_DEVICES|NVIDIA_DRIVER_CAPABILITIES)$/,
  /^(HIP_VISIBLE_DEVICES|ROCR_VISIBLE_DEVICES|HSA_OVERRIDE_GFX_VERSION|ONEAPI_DEVICE_SELECTOR|ZE_AFFINITY_MASK)$/,
  /^(GGML_VK_VISIBLE_DEVICES|GGML_BACKEND_PATH)$/,
];

/** Names the variable by which a process of ours is known again after the hub was killed. */
export const nonceVariable = 'CORRAL_SERVER_NONCE';

/** Names the variable by which everything that servers of one state directory have left is known again. */
export const hubVariable = 'CORRAL_HUB_ID';

/** The marks that a child carries. */
export interface ChildMarks {
  readonly nonce: string;
  readonly hubId: string;
}

/** Builds the environment of a child from what may be passed on, its marks, and what the caller adds. */
export function childEnvironment(
  ours: NodeJS.ProcessEnv,
  { nonce, hubId }: ChildMarks,
  added: Readonly<Record<string, string>> = {},
): Record<string, string> {
  const kept = Object.entries(ours).filter(
    (entry): entry is [string, string] =>
      entry[1] !== undefined && passedOn.some((name) => name.test(entry[0])),
  );
  return { ...Object.fromEntries(kept), ...added, [nonceVariable]: nonce, [hubVariable]: hubId };
}
