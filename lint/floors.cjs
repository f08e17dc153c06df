// The floors of src/ and of src/activities/, lowest first: a folder imports those in front of it, and none behind it.

const FLOORS = [
  ['errors', 'limits', 'figures'], // the words and numbers of the whole house: they import nothing
  ['bytes'],
  ['dataset'],
  ['config'],
  ['storage'],
  ['lake'],
  ['tables'],
  ['activities'],
  ['workflows'],
  ['schedule'],
  ['process'],
  ['worker'],
  ['inspect'],
  ['embedded'],
  ['commands'],
  ['cli'],
];
const STEPS = [
  ['fetch'],
  ['decrypt'],
  ['compact'],
  ['partition'],
  ['gzip'],
  ['upload'],
  ['backlog'],
  ['carry'],
  ['seal'],
  ['index'],
];

module.exports = { FLOORS, STEPS };
