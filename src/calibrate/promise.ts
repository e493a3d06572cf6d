/** What is promised of the invented fleets, how they are probed, and how much they really lose. */

export const agents = 77
export const uptime = 0.999
export const intervalS = 0.25
/** An agent that fails again within this has not recovered. */
export const relapseMs = 60_000

/** Shares lost, by which the promise is just broken, just kept, and kept with ease. */
export const justAbove = 0.00101
export const justBelow = 0.00099
export const tenth = 0.0001
