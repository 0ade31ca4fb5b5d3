/* folder.h - a new name is durable only when the folder it stands in is. */
#pragma once
#include "core/base/base.h"

/* Syncs the folder in which `path` stands. False with errno when the disk says no; a folder that may not be read by us, or a
 * file system that cannot do it, is not an error. */
MUST_CHECK bool folder_sync_of(const char *path);
