package didweb

// IsPublic is for tests alone: nothing there connects to a public address.
var IsPublic = isPublic
