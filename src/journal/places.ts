/** Where a snapshot was taken, when it was on no machine. */

/** In place of a machine's id, which holds no blank. */
export const hostPlace = 'this host'
