/** A short tone for what happens, beside text and icon: two notes up for paid, two down for refused, one for the rest. */

import { useEffect } from 'react'
import type { Screen } from '../flow.ts'

const MUTED = 'palmhold.terminal.muted'
const NOTE_S = 0.14
const LOUDNESS = 0.12

const TUNES: Partial<Record<Screen['kind'], readonly number[]>> = {
  asking: [660],
  checking: [880],
  paid: [660, 990],
  refused: [440, 330],
  unknown: [440],
}

let context: AudioContext | undefined

export function isMuted(): boolean {
  return localStorage.getItem(MUTED) === 'yes'
}

export function setMuted(muted: boolean): void {
  localStorage.setItem(MUTED, muted ? 'yes' : 'no')
}

/** Plays the tune of each new screen. */
export function useSounds(kind: Screen['kind']): void {
  useEffect(() => {
    const tune = TUNES[kind]
    if (tune && !isMuted()) play(tune)
  }, [kind])
}

function play(frequencies: readonly number[]): void {
  try {
    context ??= new AudioContext()
    // Browsers keep it quiet until somebody has touched the page.
    if (context.state === 'suspended') void context.resume()
    for (const [i, frequency] of frequencies.entries()) {
      const at = context.currentTime + i * NOTE_S
      const gain = context.createGain()
      gain.gain.setValueAtTime(0, at)
      gain.gain.linearRampToValueAtTime(LOUDNESS, at + 0.01)
      gain.gain.linearRampToValueAtTime(0, at + NOTE_S)
      gain.connect(context.destination)
      const tone = context.createOscillator()
      tone.frequency.value = frequency
      tone.connect(gain)
      tone.start(at)
      tone.stop(at + NOTE_S)
    }
  } catch {
    // A device without sound: text and icon say the same.
  }
}
