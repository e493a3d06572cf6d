/**
 * Quantiles of the distributions that the judge's limits are made of. By hand: about a hundred lines are less to believe than a
 * library, and are tested against values of forty digits (quantiles.test.ts).
 */

/** Lanczos' approximation with g = 7 and nine terms: fifteen digits for arguments above a half. */
const lanczos = [
  0.9999999999998099, 676.5203681218851, -1259.1392167224028, 771.3234287776531, -176.6150291621406, 12.507343278686905,
  -0.13857109526572012, 0.000009984369578019572, 1.5056327351493116e-7,
]
const lanczosG = 7
const accuracy = 1e-16
const mostTerms = 100_000

/** @param x above 0 */
export function logGamma(x: number): number {
  if (x < 0.5) return Math.log(Math.PI / Math.sin(Math.PI * x)) - logGamma(1 - x)
  const sum = lanczos.reduce((total, term, place) => total + (place === 0 ? term : term / (x - 1 + place)), 0)
  const t = x - 1 + lanczosG + 0.5
  return 0.5 * Math.log(2 * Math.PI) + (x - 0.5) * Math.log(t) - t + Math.log(sum)
}

/** Regularized incomplete gamma functions, P below x and Q above it: each as exact as it can be, since 1 − P of a tiny Q is none. */
export function incompleteGamma(a: number, x: number): { readonly below: number; readonly above: number } {
  if (x <= 0) return { below: 0, above: 1 }
  const front = Math.exp(a * Math.log(x) - x - logGamma(a))
  if (x < a + 1) {
    let term = 1 / a
    let sum = term
    for (let n = 1; n < mostTerms && Math.abs(term) > sum * accuracy; n++) {
      term *= x / (a + n)
      sum += term
    }
    return { below: front * sum, above: 1 - front * sum }
  }
  const above = front * continuedFraction(1 / (x + 1 - a), (n, b) => ({ times: -n * (n - a), plus: b + 2 }), x + 1 - a)
  return { below: 1 - above, above }
}

/** Lentz's way through a continued fraction whose first step is known. */
function continuedFraction(
  first: number,
  step: (n: number, b: number) => { readonly times: number; readonly plus: number },
  b0: number,
): number {
  const tiny = 1e-300
  let b = b0
  let c = 1 / tiny
  let d = first
  let result = first
  for (let n = 1; n < mostTerms; n++) {
    const { times, plus } = step(n, b)
    b = plus
    d = 1 / (times * d + b || tiny)
    c = b + times / c || tiny
    const delta = c * d
    result *= delta
    if (Math.abs(delta - 1) < accuracy * 4) break
  }
  return result
}

/** @param p below it, in (0, 1) @param freedom degrees of freedom, above 0; need not be whole */
export function chiSquareQuantile(p: number, freedom: number): number {
  const shape = freedom / 2
  const isBelow = (x: number) => (p <= 0.5 ? incompleteGamma(shape, x).below < p : incompleteGamma(shape, x).above > 1 - p)
  return 2 * boundary(isBelow, doubled(isBelow, shape + 10))
}

/** Regularized incomplete beta function. */
export function incompleteBeta(a: number, b: number, x: number): number {
  if (x <= 0) return 0
  if (x >= 1) return 1
  if (x > (a + 1) / (a + b + 2)) return 1 - incompleteBeta(b, a, 1 - x)
  const front = Math.exp(logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log1p(-x)) / a
  let [c, d] = [1, 1 / (1 - ((a + b) * x) / (a + 1))]
  let result = d
  for (let m = 1; m < mostTerms; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m))
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1))
    for (const times of [even, odd]) {
      d = 1 / (1 + times * d)
      c = 1 + times / c
      result *= c * d
    }
    if (Math.abs(c * d - 1) < accuracy * 4) break
  }
  return front * result
}

/** @param p below it, in (0, 1) */
export function betaQuantile(p: number, a: number, b: number): number {
  return boundary((x) => incompleteBeta(a, b, x) < p, 1)
}

/** @param p below it, in (0, 1) @param freedom degrees of freedom, above 0 */
export function studentQuantile(p: number, freedom: number): number {
  if (p === 0.5) return 0
  const tail = 2 * Math.min(p, 1 - p)
  // Of the two halves of the line, the share beyond ±t is a beta function of freedom / (freedom + t²).
  const isBelow = (t: number) => incompleteBeta(freedom / 2, 0.5, freedom / (freedom + t * t)) > tail
  return Math.sign(p - 0.5) * boundary(isBelow, doubled(isBelow, 10))
}

/** Share of it above `t`. @param freedom degrees of freedom, above 0 */
export function studentAbove(t: number, freedom: number): number {
  const beyond = incompleteBeta(freedom / 2, 0.5, freedom / (freedom + t * t)) / 2
  return t >= 0 ? beyond : 1 - beyond
}

/** The first of this number, twice it, four times it … that is not below. */
function doubled(isBelow: (x: number) => boolean, first: number): number {
  let high = first
  while (isBelow(high) && high < Number.MAX_VALUE / 2) high *= 2
  return high
}

/** Where between 0 and `high` it stops to be below, to the last bit. */
function boundary(isBelow: (x: number) => boolean, high: number): number {
  let [from, to] = [0, high]
  for (;;) {
    const middle = (from + to) / 2
    if (middle <= from || middle >= to) return middle
    if (isBelow(middle)) from = middle
    else to = middle
  }
}
