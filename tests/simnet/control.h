/* What one may tell a running simnet, by the file with its process id. */
#ifndef SIMNET_CONTROL_H
#define SIMNET_CONTROL_H

/* Ends it; returns when it is gone, that is, when log and counters are written. Both
 * return the exit status and say on stderr what is wrong. */
int control_stop(const char *pid_file);

/* Makes it read its topology file again; returns when that is done. */
int control_reload(const char *pid_file);

#endif
