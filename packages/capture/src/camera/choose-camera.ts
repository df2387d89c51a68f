/** Which of several cameras the palm is held to. */

/** What is known of a camera before it is opened. */
export type CameraDevice = { readonly deviceId: string; readonly label: string }

/** No lens at all: pictures that another program draws. */
const VIRTUAL = /virtual|obs\b|snap camera|droidcam|manycam|screen capture/i
/** Enrolments are in visible light. */
const INFRARED = /\bir\b|infrared|depth/i
/** Looks away from the customer. */
const REAR = /\b(back|rear|environment)\b/i

/**
 * The best of `devices`: the one that staff chose; else the first that has a lens, sees visible light, and looks at the
 * customer; else what there is.
 */
export function chooseCamera(devices: readonly CameraDevice[], chosenId?: string): CameraDevice | undefined {
  const rank = ({ deviceId, label }: CameraDevice): number => {
    if (chosenId !== undefined && deviceId === chosenId) return 0
    return 1 + 4 * Number(VIRTUAL.test(label)) + 2 * Number(INFRARED.test(label)) + Number(REAR.test(label))
  }
  return [...devices].sort((one, other) => rank(one) - rank(other))[0]
}
