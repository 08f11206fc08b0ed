//go:build !unix

package engine

import "errors"

// toolCommand starts the program as it is: there is nothing to give up.
func toolCommand(_ []string, _ int, program string, args ...string) []string {
	return append([]string{program}, args...)
}

// become is never asked for here.
func become([]string, int) error { return errors.ErrUnsupported }
