// Package engine runs the heavy stages over many sandboxed workers. Hostile
// bytes are only ever parsed inside a worker, which the parent may lose at any
// moment: it is killed when it hangs or grows, and its job is tried once more.
//
// A worker reads rows on its standard input and writes rows on its standard
// output; see [Row] for what they say. [Work] is the worker's side, [Pool] the
// parent's. A [Sorter] puts what came out into order, in bounded memory.
//
// On the wire a row is one line of columns parted by tabs, its tag first. What
// would break a line, and bytes that are no UTF-8, stand escaped as \t, \n, \r,
// \\ or \xHH, so that names of files come through byte for byte. The first line
// each way is a header: "klarlagt", the version of the contract, the stage, and
// how files are handed over (to the worker) or which sandbox is in force (from
// it). Kinds and units go as numbers: both ends are the same program.
package engine
