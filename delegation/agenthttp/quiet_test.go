package agenthttp_test

import (
	"io"
	"log"
)

// quiet keeps the aborted connections of tests out of their output.
var quiet = log.New(io.Discard, "", 0)
