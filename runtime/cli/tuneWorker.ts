/** A thread of a search: gets points, gives figures. */
export {};
