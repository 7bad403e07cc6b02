/** Colours by name. Shape doubles colour: dot, ring, square, hollow square. */

export const PLANES = ['tcp4', 'udp4', 'tcp6', 'udp6', 'icmp', 'other'] as const
export type Plane = (typeof PLANES)[number]
export type Shape = 'dot' | 'ring' | 'square' | 'frame'
export type SchemeName = 'dark' | 'light' | 'classic'

export const PLANE_NAMES: Record<Plane, string> = {
  tcp4: 'TCP',
  udp4: 'UDP',
  tcp6: 'TCP over IPv6',
  udp6: 'UDP over IPv6',
  icmp: 'ICMP',
  other: 'Other',
}
export const PLANE_SHAPES: Record<Plane, Shape> = {
  tcp4: 'dot',
  udp4: 'ring',
  tcp6: 'square',
  udp6: 'frame',
  icmp: 'dot',
  other: 'square',
}

export interface Scheme {
  ground: string
  grid: string
  edge: string
  ink: string
  quiet: string
  planes: Record<Plane, string>
}

export const SCHEMES: Record<SchemeName, Scheme> = {
  dark: {
    ground: '#0b0f14',
    grid: '#18212b',
    edge: '#1e2833',
    ink: '#e6edf3',
    quiet: '#8b9aa8',
    planes: { tcp4: '#2b7638', udp4: '#60a8d0', tcp6: '#fba07d', udp6: '#ffffff', icmp: '#a7b4c0', other: '#a7b4c0' },
  },
  light: {
    ground: '#ffffff',
    grid: '#e9eef3',
    edge: '#cfd8e1',
    ink: '#10171f',
    quiet: '#52606d',
    planes: { tcp4: '#06a25d', udp4: '#1e61ad', tcp6: '#a00d01', udp6: '#641b4a', icmp: '#52606d', other: '#52606d' },
  },
  classic: {
    ground: '#000000',
    grid: '#161616',
    edge: '#333333',
    ink: '#ffffff',
    quiet: '#b0b0b0',
    planes: { tcp4: '#00c000', udp4: '#add8e6', tcp6: '#ff0000', udp6: '#ffffff', icmp: '#b0b0b0', other: '#b0b0b0' },
  },
}

export function rgb(hex: string): [number, number, number] {
  const n = Number.parseInt(hex.slice(1), 16)
  return [(n >> 16) & 255, (n >> 8) & 255, n & 255]
}
