/** What a query may hold, whichever transport it comes by: parameters and list items, and objects in objects. */
export const QUERY_BOUNDS = { parameters: 2000, depth: 8 }
