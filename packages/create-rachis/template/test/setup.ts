import { globalSetup } from 'rachis/testing'

let teardown: () => Promise<unknown>
export const mochaGlobalSetup = async () => {
  teardown = await globalSetup()
}
export const mochaGlobalTeardown = () => teardown()
