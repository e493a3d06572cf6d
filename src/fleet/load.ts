/** Where the load generator is, in its own container of the fleet. */
export const k6Path = '/usr/local/bin/k6'
