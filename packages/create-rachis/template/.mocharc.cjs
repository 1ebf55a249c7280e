module.exports = {
  'node-option': ['import=tsx'],
  require: ['test/setup.ts'],
  timeout: 20000,
  exit: true
}
