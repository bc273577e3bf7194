const REPORT_SECONDS = 30;

/**
 * Reports every 30 seconds what is waited for, and for how long.
 * @returns what is told the present state, as often as that is asked for.
 */
export function reportWaiting(onProgress: (message: string) => void): (state: string) => void {
  const began = Date.now();
  let reported = began;
  return (state) => {
    if (Date.now() < reported + REPORT_SECONDS * 1_000) return;
    reported = Date.now();
    onProgress(`${state} after ${Math.round((reported - began) / 1_000)} s`);
  };
}
