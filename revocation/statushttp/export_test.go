package statushttp

// What tests look into.
var (
	ReadEvents = readEvents
	Event      = event
	MaxAge     = maxAge
)
