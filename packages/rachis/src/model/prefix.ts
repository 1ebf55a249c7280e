/** The path that the addresses of the API begin with. */
export const PREFIX = '/api/v1'
