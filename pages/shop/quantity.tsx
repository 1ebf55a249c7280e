interface Props {
  readonly value: number
  readonly most: number
  /** Of what; for readers of the screen, where there are several. */
  readonly label?: string
  readonly onChange: (value: number) => void
}

/** A number of pieces, from one to as many as there are. */
export const Quantity = ({ value, most, label = 'Quantity', onChange }: Props) => (
  <span className="quantity">
    <button type="button" aria-label={`${label}: one less`} disabled={value <= 1} onClick={() => onChange(value - 1)}>
      −
    </button>
    <input
      aria-label={label}
      inputMode="numeric"
      value={value}
      onChange={({ target }) => {
        const given = Number(target.value)
        if (Number.isInteger(given)) onChange(Math.min(Math.max(given, 1), Math.max(most, 1)))
      }}
    />
    <button type="button" aria-label={`${label}: one more`} disabled={value >= most} onClick={() => onChange(value + 1)}>
      +
    </button>
  </span>
) // prettier-ignore
