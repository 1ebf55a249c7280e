import path from 'path'

/** The checkout, from where it is written and from where it is compiled to. */
export const ROOT = path.join(__dirname, '..')

// node-config would look for it where the process was started, and does so when it is loaded.
process.env.NODE_CONFIG_DIR ??= path.join(ROOT, 'config')
