/**
 * A map by name that is printed as the list of its values and that refuses every change once `Object.freeze` was called on it, which
 * a `Map` of JavaScript allows all the same.
 *
 * @example JSON.stringify(new NamedMap([['id', { name: 'id' }]])) // '[{"name":"id"}]'
 */
export class NamedMap<V> extends Map<string, V> {
  /** @throws TypeError where the map is frozen */
  override set(name: string, value: V): this {
    this.assertOpen()
    return super.set(name, value)
  }

  /** @throws TypeError where the map is frozen */
  override delete(name: string): boolean {
    this.assertOpen()
    return super.delete(name)
  }

  /** @throws TypeError where the map is frozen */
  override clear(): void {
    this.assertOpen()
    super.clear()
  }

  toJSON(): V[] {
    return [...this.values()]
  }

  private assertOpen(): void {
    if (Object.isFrozen(this))
      throw new TypeError('This map is frozen: a model does not change once it is lowered')
  }
}
