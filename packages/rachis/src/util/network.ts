import { isIPv6 } from 'net'

/** 2001:db8:0:7::1 → 2001:db8:0:7: one customer is given 2⁶⁴ addresses. */
export const networkOf = (address: string): string => {
  if (!isIPv6(address)) return address
  const [head = '', tail] = address.toLowerCase().split('::')
  const [left, right] = [head, tail ?? ''].map((part) => part.split(':').filter(Boolean))
  const zeros = tail === undefined ? [] : Array<string>(8 - left!.length - right!.length).fill('0')

  return [...left!, ...zeros, ...right!].slice(0, 4).join(':')
}
