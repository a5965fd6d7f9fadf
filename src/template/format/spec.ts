/** What stands between `%` and the verb. `%+v` and `%#v` are formats of their own, so their flags move to `plusV`, `sharpV`. */
export interface Spec {
  readonly width?: number;
  readonly precision?: number;
  readonly minus: boolean;
  readonly plus: boolean;
  readonly sharp: boolean;
  readonly space: boolean;
  readonly zero: boolean;
  readonly plusV: boolean;
  readonly sharpV: boolean;
}

export const plainSpec: Spec = {
  minus: false,
  plus: false,
  sharp: false,
  space: false,
  zero: false,
  plusV: false,
  sharpV: false,
};
