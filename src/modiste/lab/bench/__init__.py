"""Speed of each verb on this machine, beside a floor: the least time that its answer could take."""
